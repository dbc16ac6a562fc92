"""Asking of the past: which moments there are, and what holds at their edges."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import InvalidInput
from core.query.shapes import Json
from tests.support.desk import Desk
from tests.support.samples import SUBSCRIPTION, digest, image_name
from tests.support.sandboxes import VULNERABLE
from tests.support.wire import wire


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def values(answer: Json) -> list[Json]:
    assert isinstance(answer, dict)
    assert isinstance(answer["value"], list)
    return answer["value"]


async def pages(
    ask: Callable[[Mapping[str, str]], Awaitable[object]], **asked: str
) -> list[dict[str, Json]]:
    """All that a question gives, page by page."""
    found: list[dict[str, Json]] = []
    while True:
        page = wire(await ask(asked))
        assert isinstance(page, dict)
        found += [one for one in values(page) if isinstance(one, dict)]
        if "continuationToken" not in page:
            return found
        asked["continuationToken"] = str(page["continuationToken"])


async def scan(app: Desk, number: int) -> None:
    app.sandboxes.brings[digest(number)] = VULNERABLE
    await app.push(number)
    await app.app.drain()


@pytest.mark.parametrize(
    "moment",
    [
        *("", "yesterday", "0000", "2026-11-22", "2026-11-22T08:30:00"),
        *("2026-11-22T08:30:00+01:00", "2026-02-30T00:00:00Z", "2026-11-22T25:00:00Z"),
        "2026-11-22T08:30:00.1234567Z",
    ],
)
async def test_what_is_no_moment_in_utc_is_refused(app: Desk, moment: str) -> None:
    for ask in (app.app.services.answers.images.page, app.app.services.answers.summary.summary):
        with pytest.raises(InvalidInput, match="asOf"):
            await ask({"asOf": moment})


async def test_nothing_is_known_of_the_future(app: Desk) -> None:
    ahead = text(datetime.now(UTC) + timedelta(minutes=5))
    core = app.app.services
    with pytest.raises(InvalidInput, match="future"):
        wire(await core.answers.images.page({"asOf": ahead}))
    with pytest.raises(InvalidInput, match="future"):
        wire(await core.answers.summary.summary({"asOf": ahead}))
    for ask in (core.answers.images.one, core.answers.images.findings, core.answers.images.sbom):
        with pytest.raises(InvalidInput, match="future"):
            await ask(image_name(1), {"asOf": ahead})


async def test_before_the_log_began_there_was_nothing(app: Desk) -> None:
    await scan(app, 1)
    core, then = app.app.services, {"asOf": "2020-01-01T00:00:00Z"}
    assert wire(await core.answers.images.page(then)) == {"value": []}
    assert wire(await core.answers.images.one(image_name(1), then)) is None
    assert wire(await core.answers.images.findings(image_name(1), then)) is None
    assert await core.answers.images.sbom(image_name(1), then) is None
    summary = wire(await core.answers.summary.summary(then))
    assert isinstance(summary, dict)
    assert (summary["images"], summary["registries"]) == (0, [])


async def test_a_moment_includes_what_was_recorded_at_it(app: Desk) -> None:
    await scan(app, 1)
    core = app.app.services
    history = await app.history(1)
    pushed = history[0].at
    before = {"asOf": text(pushed - timedelta(microseconds=1))}
    assert wire(await core.answers.images.one(image_name(1), before)) is None
    assert values(wire(await core.answers.images.page(before))) == []
    healths = []
    for recorded in history:
        then = {"asOf": text(recorded.at)}
        shown = wire(await core.answers.images.one(image_name(1), then))
        assert isinstance(shown, dict)
        assert isinstance(shown["timeline"], list)
        assert len(shown["timeline"]) == sum(one.at <= recorded.at for one in history)
        (listed,) = values(wire(await core.answers.images.page(then)))
        only_here = {"base", "timeline"}
        assert listed == {name: it for name, it in shown.items() if name not in only_here}
        healths.append(shown["health"])
    assert (healths[0], healths[-1]) == ("Unscanned", "Unhealthy")


async def test_a_page_of_the_past_goes_on_only_in_the_same_past(app: Desk) -> None:
    for number in range(1, 6):
        await scan(app, number)
    core, end = app.app.services, datetime.now(UTC)
    first = wire(await core.answers.images.page({"asOf": text(end), "limit": "2"}))
    assert isinstance(first, dict)
    token = str(first["continuationToken"])
    earlier = text(end - timedelta(minutes=1))
    for other in ({}, {"asOf": earlier}):
        with pytest.raises(InvalidInput, match="another question"):
            wire(await core.answers.images.page({**other, "continuationToken": token}))
    await scan(app, 6)
    await app.delete(1)
    await app.app.drain()
    found = values(first)
    asked = {"asOf": text(end), "limit": "2"}
    while token:
        page = wire(await core.answers.images.page({**asked, "continuationToken": token}))
        assert isinstance(page, dict)
        found += values(page)
        token = str(page.get("continuationToken", ""))
    digests = {str(one["digest"]) for one in found if isinstance(one, dict)}
    assert digests == {digest(number) for number in range(1, 6)}


async def test_an_image_that_is_deleted_can_still_be_asked_for_as_it_was(app: Desk) -> None:
    await scan(app, 1)
    core, then = app.app.services, {"asOf": text(datetime.now(UTC))}
    findings = wire(await core.answers.images.findings(image_name(1), {}))
    sbom = await core.answers.images.sbom(image_name(1), {})
    await app.delete(1)
    await app.app.drain()
    assert wire(await core.answers.images.findings(image_name(1), {})) is None
    assert wire(await core.answers.images.findings(image_name(1), then)) == findings
    assert await core.answers.images.sbom(image_name(1), then) == sbom


async def test_who_had_a_vulnerability_then_is_told_page_by_page(app: Desk) -> None:
    for number in range(1, 6):
        await scan(app, number)
    ask, end = app.app.services.answers.findings.page, datetime.now(UTC)
    await app.delete(1)
    await scan(app, 6)
    await app.app.drain()
    for name in ({"cve": "CVE-2026-1"}, {"package": "zlib"}):
        then = await pages(ask, **name, asOf=text(end), limit="2")
        assert sorted(str(one["digest"]) for one in then) == sorted(map(digest, range(1, 6)))
        now = await pages(ask, **name, limit="2")
        assert sorted(str(one["digest"]) for one in now) == sorted(map(digest, range(2, 7)))
        assert {tuple(one) for one in then} == {tuple(one) for one in now}
    assert await pages(ask, cve="CVE-2026-2", asOf=text(end)) == []
    assert await pages(ask, cve="CVE-2026-1", asOf="2020-01-01T00:00:00Z") == []


async def test_the_ledger_is_told_as_it_stood(app: Desk) -> None:
    month = app.app.services.answers.billing.month
    await scan(app, 1)
    then = datetime.now(UTC)
    before = await month({"month": f"{then:%Y-%m}"})
    await scan(app, 2)
    asked = {"month": f"{then:%Y-%m}", "asOf": text(then)}
    assert await month(asked) == before
    assert [one["digest"] for one in await pages(month, **asked, limit="1")] == [digest(1)]
    assert len(values(wire(await month({"month": f"{then:%Y-%m}"})))) == 2
    sheet = (await app.app.services.answers.billing.sheet(asked)).content
    assert digest(1).encode() in sheet
    assert digest(2).encode() not in sheet
    one = {"digest": digest(2), "subscription": SUBSCRIPTION}
    assert len(values(wire(await month(one)))) == 1
    assert values(wire(await month({**one, "asOf": text(then)}))) == []


async def test_nobody_knows_the_findings_or_the_ledger_of_the_future(app: Desk) -> None:
    ahead = text(datetime.now(UTC) + timedelta(minutes=5))
    with pytest.raises(InvalidInput, match="future"):
        await app.app.services.answers.findings.page({"cve": "CVE-2026-1", "asOf": ahead})
    with pytest.raises(InvalidInput, match="future"):
        wire(await app.app.services.answers.billing.month({"month": "2026-11", "asOf": ahead}))
