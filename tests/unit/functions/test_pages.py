"""The pages as a browser gets them: who sees what, what a form changes, and what never gets out."""

import pytest

from core.access.roles import Role
from core.pages.assets import address_of
from core.rules.desk import RuleDesk
from tests.support.access import issuer
from tests.support.desk import Desk
from tests.support.pages import Seen, look
from tests.support.samples import REGISTRY, REPOSITORY, SUBSCRIPTION, digest, image_name

IMAGE = f"{REGISTRY}/{REPOSITORY}/{digest(1)}"


async def image(role: Role = Role.READER, **asked: str) -> Seen:
    """The image's page."""
    path = f"/images/{IMAGE}"
    return await look("page_image_one", path, role=role, asked=asked, route={"path": IMAGE})


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("page_overview", "Health of 1 image"),
        ("page_attention", REPOSITORY),
        ("page_changes", "not there"),
        ("page_trend", "Findings, 30 days"),
        ("page_image_list", REPOSITORY),
        ("page_registries", SUBSCRIPTION),
        ("page_rules", "No rule is in force"),
        ("page_billing", "first completed scan"),
        ("page_operations", "Sandboxes"),
    ],
)
async def test_a_reader_sees_every_page_and_it_runs_nothing_but_its_own(
    function: str, words: str
) -> None:
    seen = await look(function)
    assert (seen.status, words in seen.text) == (200, True), seen.text
    assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
    assert "unsafe" not in seen.headers["Content-Security-Policy"]
    assert "<script>" not in seen.text
    assert " style=" not in seen.text
    assert " onclick=" not in seen.text
    assert "http://" not in seen.text.replace("http://www.w3.org", "")
    assert seen.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("app")
async def test_somebody_unknown_sees_the_door_and_nothing_else() -> None:
    for function in ("page_overview", "page_image_list", "page_rules", "page_operations"):
        seen = await look(function, role=None)
        assert (seen.status, "Sign in" in seen.text) == (401, True)
        assert REPOSITORY not in seen.text


@pytest.mark.usefixtures("app")
async def test_an_image_says_what_to_upgrade_first() -> None:
    seen = await image()
    assert seen.status == 200
    assert "CVE-2026-1" in seen.text
    assert "1.2 →</span> 1.3" in seen.text
    assert "Scan completed" in seen.text


@pytest.mark.usefixtures("app")
async def test_a_reader_has_no_button_and_an_administrator_has() -> None:
    assert "Scan again" not in (await image()).text
    assert "Scan again" in (await image(Role.ADMINISTRATOR)).text
    assert "New rule" not in (await look("page_rules")).text
    assert "New rule" in (await look("page_rules", role=Role.ADMINISTRATOR)).text
    assert "Rebuild" not in (await look("page_operations")).text
    assert "Rebuild" in (await look("page_operations", role=Role.ADMINISTRATOR)).text


@pytest.mark.usefixtures("app")
async def test_a_reader_who_asks_for_more_is_told_which_role_it_takes() -> None:
    seen = await look("page_rule_new", "/rules/new")
    assert (seen.status, "Pratique.Administrator" in seen.text) == (403, True)
    assert (await look("page_rule_set", form={"name": "x"})).status == 403


async def test_the_past_is_shown_with_a_banner_and_without_buttons(app: Desk) -> None:
    then = f"{(await app.history())[-1].at:%Y-%m-%dT%H:%M:%S.%fZ}"
    await app.delete(1)
    await app.app.drain()
    assert (await image()).status == 404
    seen = await image(Role.ADMINISTRATOR, asOf=then)
    assert (seen.status, "Back to now" in seen.text, "Scan again" in seen.text) == (
        200,
        True,
        False,
    )
    future = await image(asOf="2999-01-01T00:00:00Z")
    assert (future.status, "lies in the future" in future.text) == (400, True)
    for nonsense in ("yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert (await image(asOf=nonsense)).status == 400


async def test_a_scan_is_asked_for_by_a_form_of_ours_alone(app: Desk) -> None:
    route = {"path": f"{IMAGE}/scan"}
    by = Role.ADMINISTRATOR
    for elsewhere in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        seen = await look("page_image_one", role=by, route=route, form={}, headers=elsewhere)
        assert seen.status in (400, 401)
    before = len(await app.history())
    seen = await look("page_image_one", role=by, route=route, form={})
    assert (seen.status, seen.headers["Location"]) == (303, f"/images/{IMAGE}?asked=1")
    assert len(await app.history()) > before


@pytest.mark.usefixtures("app")
async def test_who_signs_in_again_over_a_form_comes_back_to_the_page_it_stands_on() -> None:
    path = f"/images/{IMAGE}/scan"
    sent = await look("page_image_one", path, role=None, route={"path": f"{IMAGE}/scan"}, form={})
    assert (sent.status, 'name="token"' in sent.text) == (401, True)
    seen = await look("page_image_one", path, route={"path": f"{IMAGE}/scan"})
    assert (seen.status, seen.headers["Location"]) == (303, f"/images/{IMAGE}")
    for name in ("page_rule_set", "page_rule_removal", "page_rule_preview"):
        seen = await look(name, route={"name": "zlib"})
        assert (seen.status, seen.headers["Location"]) == (303, "/rules")
    seen = await look("page_skip", role=None, route={"name": "images"})
    assert (seen.status, seen.headers["Location"]) == (303, "/operations")


async def test_a_rule_is_previewed_written_changed_and_removed(app: Desk) -> None:
    by, desk = Role.ADMINISTRATOR, app.app.services.ruling.desk
    written = {
        "name": "zlib",
        "subscription": SUBSCRIPTION,
        "vulnerabilities": "cve-2026-1",
        "version": "0",
    }
    preview = await look("page_rule_preview", role=by, form=written)
    assert (preview.status, '1<span class="of"> finding in 1 image' in preview.text) == (200, True)
    refused = await look("page_rule_set", role=by, form=written)
    assert (refused.status, "reason" in refused.text, "cve-2026-1" in refused.text) == (
        200,
        True,
        True,
    )
    done = await look("page_rule_set", role=by, form={**written, "reason": "Not reachable."})
    assert (done.status, done.headers["Location"]) == (303, "/rules")
    assert await reasons(desk) == ["Not reachable."]
    late = await look("page_rule_set", role=by, form={**written, "reason": "Another."})
    assert "not as" in late.text or "there" in late.text
    assert await reasons(desk) == ["Not reachable."]
    form = await look(
        "page_rule_written",
        role=by,
        asked={"subscription": SUBSCRIPTION},
        route={"name": "zlib"},
    )
    assert ("Not reachable." in form.text, "CVE-2026-1" in form.text) == (True, True)
    gone = {"subscription": SUBSCRIPTION, "version": "1"}
    removed = await look("page_rule_removal", role=by, route={"name": "zlib"}, form=gone)
    assert (removed.status, await reasons(desk)) == (303, [])
    assert "was removed" in (await look("page_rules")).text


async def reasons(desk: RuleDesk) -> list[str]:
    """Why rules are in force."""
    return [one.reason for one in (await desk.book(SUBSCRIPTION)).rules.values()]


@pytest.mark.usefixtures("app")
async def test_a_view_is_made_anew_from_its_page() -> None:
    done = await look("page_rebuild", role=Role.ADMINISTRATOR, route={"name": "billing"}, form={})
    assert (done.status, done.headers["Location"]) == (303, "/operations")
    seen = await look("page_operations", role=Role.ADMINISTRATOR)
    assert "Folding" in seen.text
    assert "Call the rebuild of billing off" in seen.text
    assert "Call off" not in (await look("page_operations")).text
    off = await look("page_cancel", role=Role.ADMINISTRATOR, route={"name": "billing"}, form={})
    assert (off.status, off.headers["Location"]) == (303, "/operations")
    again = await look("page_cancel", role=Role.ADMINISTRATOR, route={"name": "billing"}, form={})
    assert (again.status, "Not just now" in again.text) == (409, True)
    nothing = await look("page_rebuild", role=Role.ADMINISTRATOR, route={"name": "x"}, form={})
    assert nothing.status == 404


async def test_an_event_is_tried_again_or_given_up_for_a_reason(app: Desk) -> None:
    place = {"shard": "0", "position": "1"}
    route, by = {"name": "billing"}, Role.ADMINISTRATOR
    for function, form in (("page_retry", place), ("page_skip", {**place, "reason": "why not"})):
        seen = await look(function, role=by, route=route, form=form)
        assert (seen.status, "neither parked the event" in seen.text) == (409, True)
    unreasoned = await look("page_skip", role=by, route=route, form=place)
    assert (unreasoned.status, "reason" in unreasoned.text) == (400, True)


async def test_what_was_given_up_is_counted(app: Desk) -> None:
    assert "No message failed for good" in (await look("page_operations")).text
    for message in (b"1", b"2"):
        await app.account.queues.send("hints-poison", message)
    seen = await look("page_operations")
    assert '<th scope="row">hints</th><td class="num">2</td>' in seen.text


@pytest.mark.usefixtures("app")
async def test_a_vulnerability_names_the_images_that_have_it() -> None:
    seen = await look("page_vulnerability", route={"id": "CVE-2026-1"})
    assert (seen.status, REPOSITORY in seen.text) == (200, True)
    assert "No image has it" in (await look("page_vulnerability", route={"id": "CVE-1-1"})).text


@pytest.mark.usefixtures("app")
async def test_a_search_for_a_vulnerability_leads_to_it() -> None:
    seen = await look("page_search", asked={"q": "CVE-2026-1"})
    assert (seen.status, seen.headers["Location"]) == (303, "/vulnerabilities/CVE-2026-1")
    assert REPOSITORY in (await look("page_search", asked={"q": "latest"})).text
    assert "Nothing goes by that" in (await look("page_search", asked={"q": "<script>"})).text


@pytest.mark.usefixtures("app")
async def test_a_token_that_is_good_opens_the_door_and_leads_nowhere_else() -> None:
    token = issuer().token(Role.READER)
    for to, there in (("/rules?x=1", "/rules?x=1"), ("https://evil.example", "/"), ("//evil", "/")):
        seen = await look("page_sign_in", role=None, form={"token": token, "next": to})
        assert (seen.status, seen.headers["Location"]) == (303, there)
        cookie = seen.headers["Set-Cookie"]
        assert all(one in cookie for one in ("HttpOnly", "SameSite=Strict", "Secure"))


@pytest.mark.usefixtures("app")
async def test_a_token_that_is_not_good_opens_nothing() -> None:
    stranger = issuer("http://127.0.0.1:1").token(Role.ADMINISTRATOR)
    for token in (stranger, "x", "a; b", issuer().token(None), issuer().token(seconds=-600)):
        seen = await look("page_sign_in", role=None, form={"token": token})
        assert (seen.status, "Set-Cookie" in seen.headers) == (401, False)
        assert "You are not signed in" in seen.text


@pytest.mark.usefixtures("app")
async def test_signing_out_forgets_the_token() -> None:
    seen = await look("page_sign_out", form={})
    assert (seen.status, "Max-Age=0" in seen.headers["Set-Cookie"]) == (303, True)


async def test_files_are_kept_for_ever_under_the_name_of_their_content(app: Desk) -> None:
    name = address_of("page.css").rpartition("/")[2]
    seen = await look("page_asset", role=None, route={"name": name})
    assert (seen.status, "immutable" in seen.headers["Cache-Control"]) == (200, True)
    again = {"If-None-Match": seen.headers["ETag"]}
    assert (await look("page_asset", route={"name": name}, headers=again)).status == 304
    assert (await look("page_asset", route={"name": "page.css"})).status == 404
    assert image_name(1).digest == digest(1)
