"""What people come to the pages for, story by story."""

import json
import re

import pytest

from core.access.roles import Role
from core.pages.image import DOWNLOADS
from functions.browsers import COOKIE
from tests.support.access import issuer
from tests.support.desk import Desk
from tests.support.pages import Seen, look
from tests.support.ruling import rule
from tests.support.samples import REGISTRY, REPOSITORY, SUBSCRIPTION, digest

IMAGE = f"{REGISTRY}/{REPOSITORY}/{digest(1)}"
TAG = {"registry": REGISTRY, "repository": REPOSITORY, "tag": "latest"}
EVERYWHERE = [
    ("page_overview", "/", {}, {}),
    ("page_attention", "/attention", {}, {}),
    ("page_changes", "/changes", {}, {}),
    ("page_trend", "/trend", {}, {}),
    ("page_image_list", "/images", {"health": "Unhealthy"}, {}),
    ("page_image_one", f"/images/{IMAGE}", {}, {"path": IMAGE}),
    ("page_image_one", f"/images/{IMAGE}/layers", {}, {"path": f"{IMAGE}/layers"}),
    ("page_search", "/search", {"q": "app"}, {}),
    ("page_tag", "/tags", TAG, {}),
    ("page_package", "/packages", {"name": "zlib"}, {}),
    ("page_vulnerability", "/vulnerabilities/CVE-2026-1", {}, {"id": "CVE-2026-1"}),
    ("page_registries", "/registries", {}, {}),
    ("page_rules", "/rules", {}, {}),
    ("page_billing", "/billing", {}, {}),
    ("page_operations", "/operations", {}, {}),
]
"""Every page: its function, its address, what is asked of it, and its route's parts."""


async def image(part: str = "", **asked: str) -> Seen:
    """The image's page, or a part of it."""
    path = f"{IMAGE}{part}"
    return await look("page_image_one", f"/images/{path}", asked=asked, route={"path": path})


async def last_moment(app: Desk) -> str:
    """When all that has happened had happened."""
    return f"{(await app.history())[-1].at:%Y-%m-%dT%H:%M:%S.%fZ}"


def links(seen: Seen) -> list[str]:
    """Where its navigation leads."""
    return re.findall(r'<a href="([^"]+)"', seen.text.partition('<nav class="side"')[2])


@pytest.mark.parametrize(("function", "path", "asked", "route"), EVERYWHERE)
async def test_every_page_is_shown_as_it_stood_and_its_links_stay_there(
    app: Desk, function: str, path: str, asked: dict[str, str], route: dict[str, str]
) -> None:
    then = await last_moment(app)
    seen = await look(function, path, asked={**asked, "asOf": then}, route=route)
    assert (seen.status, "<strong>The past.</strong>" in seen.text) == (200, True), seen.text
    assert seen.headers["Cache-Control"] == "no-store"
    assert 'name="local"' in seen.text, "the control is there"
    led = [one for one in links(seen) if not one.startswith("#")]
    assert led
    assert all("asOf=" in one for one in led[:6]), led[:6]


async def test_the_overview_has_the_numbers_of_the_answers(app: Desk) -> None:
    app.sandboxes.patient = True
    await app.push(2)
    await app.app.drain()
    text = (await look("page_overview")).text
    score = await app.app.services.answers.score.score({})
    assert (score.current, score.coverage) == (0.0, 0.5)
    for name, number in (
        ("Coverage", "50.0 %"),
        ("Scans under way", "1"),
        ("Out of date", "\N{EN DASH}"),
    ):
        assert f"<dt>{name}</dt><dd>{number}</dd>" in text
    assert "Health of 2 images" in text
    assert '<p class="figure">0.0<span class="of"> of 6</span></p>' in text


@pytest.mark.usefixtures("app")
async def test_every_chart_says_its_numbers_in_a_table() -> None:
    for function, charts in (("page_overview", 1), ("page_trend", 2)):
        text = (await look(function)).text
        assert text.count('role="img"') == charts
        assert text.count("<title id=") == text.count("<desc id=") == charts
        assert "<table" in text
    table = (await look("page_trend")).text.partition("<details")[2]
    assert table.count("<tr>") == 31, "a row a day, below its head"


@pytest.mark.usefixtures("app")
async def test_a_filter_stands_in_the_address_and_goes_on_to_the_next_page() -> None:
    healthy = await look("page_image_list", "/images", asked={"health": "Healthy"})
    assert "No image is like that" in healthy.text
    assert '<option value="Healthy" selected>' in healthy.text
    unhealthy = await look("page_image_list", "/images", asked={"repository": REPOSITORY})
    assert f'value="{REPOSITORY}"' in unhealthy.text
    nonsense = await look("page_image_list", "/images", asked={"after": "no place"})
    assert nonsense.status == 400


async def test_every_image_is_on_one_page_of_the_list(app: Desk) -> None:
    app.sandboxes.patient = True
    for number in range(2, 54):
        await app.push(number)
    await app.app.services.following.runner.sweep()
    found: list[str] = []
    asked = {"registry": REGISTRY}
    for _ in range(4):
        text = (await look("page_image_list", "/images", asked=asked)).text
        found += re.findall(r'<a class="image" href="[^"]*(sha256:[0-9a-f]{64})"', text)
        onward = re.search(r'rel="next" href="[^"]*after=([^"&]+)', text)
        if onward is None:
            break
        assert "registry=" in onward[0]
        asked = {**asked, "after": onward[1]}
    assert (len(found), len(set(found))) == (53, 53)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("part", "format_"), [(part, format_) for _, part, format_ in DOWNLOADS])
async def test_what_a_page_offers_for_download_comes_as_a_document(part: str, format_: str) -> None:
    offered = await image()
    query = f"?format={format_}" if format_ else ""
    assert f'/images/{IMAGE}/{part}{query}"' in offered.text
    seen = await image(f"/{part}", **({"format": format_} if format_ else {}))
    assert seen.status == 200
    if format_ != "csv":
        assert json.loads(seen.text)
    assert "zlib" in seen.text


async def test_disabled_findings_are_listed_when_they_are_asked_for(app: Desk) -> None:
    await rule(app)
    await app.app.drain()
    seen, all_ = await image(), await image(disabled="true")
    assert "disabled by zlib" not in seen.text
    assert "disabled by zlib" in all_.text
    assert "Healthy" in seen.text


@pytest.mark.usefixtures("app")
async def test_what_to_upgrade_first_does_not_hang_on_a_filter() -> None:
    seen = await image(patchable="false")
    assert "No finding is like that" in seen.text
    assert "1.2 \N{RIGHTWARDS ARROW}</span> 1.3" in seen.text


@pytest.mark.usefixtures("app")
async def test_a_reader_has_no_button_that_changes_anything_on_any_page() -> None:
    for function, path, asked, route in EVERYWHERE:
        seen = await look(function, path, asked=asked, route=route)
        forms = re.findall(r'method="post" action="([^"]+)"', seen.text)
        assert set(forms) <= {"/sign-out"}, path
        assert "/rules/new" not in seen.text


@pytest.mark.usefixtures("app")
async def test_findings_are_grouped_by_package() -> None:
    assert 'class="group"' not in (await image()).text
    assert "zlib 1.2" in (await image(group="package")).text.partition('class="group"')[2]


@pytest.mark.usefixtures("app")
async def test_a_tag_says_where_it_pointed_and_leads_there() -> None:
    seen = await look("page_tag", "/tags", asked=TAG)
    assert (seen.status, f'href="/images/{IMAGE}"' in seen.text) == (200, True)
    assert (await look("page_tag", "/tags", asked={**TAG, "tag": "never"})).status == 404


async def test_a_timeline_goes_from_the_push_to_the_verdict(app: Desk) -> None:
    line = (await image()).text.partition('id="h-line"')[2]
    places = [line.index(one) for one in ("Scan completed", "Inventory taken", "Pushed")]
    assert places == sorted(places), "the latest first"


@pytest.mark.usefixtures("app")
async def test_moments_are_in_utc_for_whoever_points_at_them() -> None:
    moments = re.findall(r"<time ([^>]+)>", (await image()).text)
    assert moments
    assert all(re.search(r'title="[0-9-]+ [0-9:]+ UTC"', one) for one in moments)
    assert any('data-show="time"' in one for one in moments), "which the script turns into theirs"


@pytest.mark.usefixtures("app")
async def test_who_was_signed_in_too_long_ago_sees_the_door_on_every_page() -> None:
    old = {"Cookie": f"{COOKIE}={issuer().token(Role.READER, seconds=-3600)}"}
    for function, path, asked, route in EVERYWHERE:
        seen = await look(function, path, role=None, asked=asked, route=route, headers=old)
        assert (seen.status, "Sign in" in seen.text) == (401, True)
        assert REPOSITORY not in seen.text


@pytest.mark.usefixtures("app")
async def test_subscriptions_registries_and_repositories_are_listed() -> None:
    text = (await look("page_registries", "/registries")).text
    for one in (SUBSCRIPTION, REGISTRY, REPOSITORY):
        assert one in text
    assert "Switch off" not in text
