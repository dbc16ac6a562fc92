"""The pages in a real browser: every one, every story, by keyboard, on a phone, light and dark."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Route, expect

from core.access.roles import Role
from dev.images import samples
from dev.images.oci import build_layout
from tests.e2e.push_to_findings.browsing import Look, chromium, looking
from tests.e2e.push_to_findings.client import Client
from tests.e2e.push_to_findings.conftest import run_demo

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

SCRIPT = "<script>document.title = 'taken over'</script>"
RULE = "pages-story"
HERE = ZoneInfo("Europe/Berlin")
"""Where the reader is, as their browser says."""
STATES = {
    "empty": "/images?asOf=2020-01-01T00:00:00Z",
    "overview-empty": "/?asOf=2020-01-01T00:00:00Z",
    "missing": "/images/127.0.0.1/no/such@image",
    "closed": "/rules/new",
    "nonsense": "/images?severity=purple",
    "nothing-found": "/search?q=nothing-like-it",
}
"""Pages that show how it is when there is nothing to show."""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all of these tests."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def look(browser: Browser, client: Client) -> AsyncIterator[Look]:
    """An administrator at a desk."""
    async with looking(browser, client.stack) as look:
        yield look


async def outdated(client: Client) -> str:
    """Where the demo's worst image is shown."""
    (digest,) = await client.images("demo/outdated-debian")
    return f"/images/{client.stack.registry}/demo/outdated-debian/{digest}"


async def places(client: Client) -> dict[str, str]:
    """Every page, by the name of its picture."""
    registry = quote(client.stack.registry)
    return {
        "overview": "/",
        "images": "/images",
        "image": f"{await outdated(client)}?severity=critical",
        "search": "/search?q=debian",
        "vulnerability": "/vulnerabilities/CVE-2021-3711",
        "package": "/packages?name=openssl",
        "tag": f"/tags?registry={registry}&repository=demo/outdated-debian&tag=11.0",
        "registries": "/registries",
        "rules": "/rules",
        "rule": "/rules/new",
        "billing": "/billing",
        "operations": "/operations",
        "door": "/sign-in",
    }


async def test_every_page_is_open_to_everybody_at_a_desk_on_a_phone_and_by_keyboard(
    look: Look, client: Client
) -> None:
    for name, path in (await places(client)).items():
        await look.at(path)
        assert await look.unreached() == []
        assert await look.inspect(name) == []
    assert look.trouble == []


async def test_what_is_not_there_or_not_theirs_is_said_on_a_page(
    browser: Browser, client: Client
) -> None:
    async with looking(browser, client.stack, role=Role.READER) as reader:
        for name, path in STATES.items():
            await reader.at(path)
            assert await reader.inspect(name) == []
        held = asyncio.Event()
        await reader.page.route("**/trend", lambda route: held.wait())
        await reader.page.route("**/attention", lambda route: route.abort())
        await reader.page.goto(f"{client.stack.http}/")
        await expect(reader.page.get_by_text("This could not be loaded.").first).to_be_visible()
        assert await reader.inspect("half-loaded") == []
        held.set()


async def test_a_browser_is_signed_in_by_the_address_that_is_printed(
    browser: Browser, client: Client
) -> None:
    async with looking(browser, client.stack, role=None) as look:
        await look.page.goto(client.stack.pages)
        await expect(look.page.get_by_role("heading", name="Overview")).to_be_visible()
        assert "#" not in look.page.url
        await look.page.locator(".who summary").click()
        await look.page.get_by_role("button", name="Sign out").click()
        await expect(look.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await look.page.goto(f"{client.stack.http}/images")
        await expect(look.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await look.page.get_by_label("Token").fill(client.stack.issuer.token(Role.READER))
        await look.page.get_by_role("button", name="Sign in").click()
        await expect(look.page.get_by_role("heading", name="Images")).to_be_visible()


async def test_a_session_that_ends_in_the_midst_of_a_page_leads_to_the_door(look: Look) -> None:
    async def ended(route: Route) -> None:
        await look.page.context.clear_cookies()
        await route.fulfill(status=401, body="")

    await look.page.route("**/attention", ended)
    await look.page.goto(f"{look.stack.http}/")
    await expect(look.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_filters_of_images_live_in_the_address(look: Look) -> None:
    await look.at("/images")
    await look.page.get_by_label("Verdict").select_option("Healthy")
    await look.page.wait_for_url("**health=Healthy**")
    assert "Unhealthy" not in await look.page.locator("tbody").inner_text()
    await look.page.go_back()
    await expect(look.page.locator("tbody")).to_contain_text("Unhealthy")
    assert look.trouble == []


async def test_the_overview_says_what_needs_somebody_first(look: Look) -> None:
    await look.at("/")
    first = look.page.locator("[data-part^='/attention'] tbody tr").first
    await expect(first).to_contain_text("demo/outdated-debian")
    await first.get_by_role("link").first.click()
    await expect(look.page.get_by_role("heading", name="What to upgrade first")).to_be_visible()
    assert look.trouble == []


async def test_an_image_is_filtered_grouped_and_downloaded(look: Look, client: Client) -> None:
    await look.at(await outdated(client))
    await look.page.get_by_label("At least").select_option("critical")
    await look.page.wait_for_url("**severity=critical**")
    rows = look.page.locator("#findings tbody tr")
    await expect(rows.first).to_contain_text("Critical")
    await expect(look.page.locator("#findings")).not_to_contain_text("Negligible")
    await look.page.get_by_label("by package").check()
    await look.page.wait_for_url("**group=package**")
    await expect(look.page.locator("#findings tr.group").first).to_be_visible()
    moment = look.page.locator("dd time[data-show=time]").first
    pushed = datetime.fromisoformat(str(await moment.get_attribute("datetime")))
    assert f"{pushed.astimezone(HERE):%H:%M}" in await moment.inner_text()
    assert f"{pushed:%H:%M:%S} UTC" in str(await moment.get_attribute("title"))
    await look.page.get_by_text("Download").click()
    async with look.page.expect_download() as sarif:
        await look.page.get_by_role("link", name="SARIF").click()
    text = json.loads((await (await sarif.value).path()).read_text())
    assert text["version"] == "2.1.0"


async def test_an_image_says_what_it_was_built_on_and_its_layers_what_came_with_that(
    look: Look, client: Client, tmp_path: Path
) -> None:
    place = f"{await outdated(client)}?severity=critical"
    await look.at(place)
    about = look.page.get_by_label("About it")
    await expect(about).to_contain_text("docker.io/library/debian:11.0as it says")
    build_layout(tmp_path / "debian", samples.debian())
    demo = await run_demo(client.stack, f"--image=oci:{tmp_path / 'debian'}")
    assert demo.code == 0, demo.out + demo.error
    await look.at(place)
    await expect(about).to_contain_text("it begins with all layers of that, 1 of 2")
    layers = look.page.get_by_label("What each layer brought")
    await expect(layers).to_contain_text("own 1 layer")
    assert await look.inspect("image-base") == []
    await about.get_by_role("link", name="own/debian").click()
    await expect(look.page.get_by_role("heading", level=1)).to_contain_text("own/debian")
    assert look.trouble == []


async def test_the_past_is_one_key_away_and_so_is_the_way_back(look: Look) -> None:
    await look.at("/images")
    now = await look.page.locator("tbody tr").count()
    await look.page.keyboard.press("t")
    await look.page.get_by_role("link", name="A month ago").click()
    await expect(look.page.locator(".banner")).to_contain_text("The past")
    await expect(look.page.get_by_text("No image was there then")).to_be_visible()
    await look.page.get_by_role("link", name="Overview").click()
    assert "asOf=" in look.page.url, "the moment goes along"
    await look.page.wait_for_load_state()  # keys mean something once the page's script is there
    then = look.page.url
    await look.page.keyboard.press("[")
    await look.page.wait_for_url(lambda url: "asOf=" in url and url != then)
    await look.page.keyboard.press("]")
    await look.page.wait_for_url(then)
    await look.page.keyboard.press("n")
    await expect(look.page.locator(".banner")).to_have_count(0)
    await look.at("/images")
    assert await look.page.locator("tbody tr").count() == now
    assert look.trouble == []


async def test_a_rule_is_tried_set_and_taken_back_and_its_words_stay_words(look: Look) -> None:
    await look.at("/rules/new")
    await look.page.get_by_label("One of these vulnerabilities").fill("CVE-2021-3711")
    await expect(look.page.locator("#preview .figure")).to_contain_text("finding")
    await look.page.get_by_label("Name").fill(RULE)
    await look.page.get_by_label("Why").fill(f"Nobody calls it. {SCRIPT}")
    await look.page.get_by_role("button", name="Put in force").click()
    row = look.page.get_by_role("row").filter(has_text=RULE)
    await expect(row).to_contain_text(SCRIPT)
    assert await look.page.title() == "Rules · Pratique"
    await look.page.get_by_role("button", name=f"Remove {RULE}").click()
    await expect(look.page.get_by_text("No rule is in force")).to_be_visible()
    removed = look.page.get_by_role("listitem").filter(has_text=f"{RULE} was removed")
    await expect(removed).to_be_visible()
    assert look.trouble == []


async def test_hostile_words_are_found_to_be_words(look: Look) -> None:
    await look.at(f"/search?q={quote(SCRIPT)}")
    await expect(look.page.get_by_role("heading", level=1)).to_contain_text(SCRIPT)
    assert await look.page.title() == "Search · Pratique"
    assert look.trouble == []


async def test_a_scan_is_asked_for_by_a_button_that_a_reader_has_not(
    look: Look, browser: Browser, client: Client
) -> None:
    place = await outdated(client)
    async with looking(browser, client.stack, role=Role.READER) as reader:
        await reader.at(place)
        await expect(reader.page.get_by_role("button", name="Scan again")).to_have_count(0)
    await look.at(place)
    await look.page.get_by_role("button", name="Scan again").click()
    await expect(look.page.get_by_text("A scan is asked for")).to_be_visible()


async def test_everything_is_reached_by_keyboard(look: Look) -> None:
    await look.at("/")
    await look.page.keyboard.press("Tab")
    await expect(look.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await look.page.keyboard.press("Enter")
    await expect(look.page.locator("main")).to_be_focused()
    await look.page.keyboard.press("/")
    await look.page.keyboard.type("CVE-2021-3711")
    await look.page.keyboard.press("Enter")
    await expect(look.page.get_by_role("heading", level=1)).to_have_text("CVE-2021-3711")
