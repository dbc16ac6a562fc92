"""What is said across images: findings by CVE and package, the ledger, the summary."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.log.sharded import open_log
from core.projections.billing import month_key
from core.projections.cells import instant
from core.projections.findings import index_key
from core.projections.totals import SEVERITIES
from core.query.billing import BillingQueries
from core.query.fleet import FindingQueries, SummaryQueries
from core.query.parameters import Parameters, known
from core.query.prices import Price
from core.query.shapes import DISABLED, Json
from core.query.standing import Standings
from core.scanning.stale import Place, StaleCounts
from core.storage.interface import Put
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.desk import Desk
from tests.support.queries import standings
from tests.support.ruling import ZLIB_IS_FINE, rule
from tests.support.samples import REGISTRY, SUBSCRIPTION, at, digest
from tests.support.sandboxes import VULNERABLE
from tests.support.wire import wire

SHARDS = 4

type Ask = Callable[[Mapping[str, str]], Awaitable[object]]


async def everything(ask: Ask, **asked: str) -> list[Json]:
    """All pages of a question, one after the other."""
    found: list[Json] = []
    while True:
        answer = wire(await ask(asked))
        assert isinstance(answer, dict)
        assert isinstance(answer["value"], list)
        assert len(answer["value"]) <= int(asked.get("limit", 100))
        found += answer["value"]
        if "continuationToken" not in answer:
            return found
        asked["continuationToken"] = str(answer["continuationToken"])


class Nothing:
    """Nothing is known of exploitation."""

    async def now(self) -> None:
        return None

    async def as_of(self, at: datetime) -> None:
        return None


async def empty() -> Standings:
    """An empty log, of whose past nothing is asked."""
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=SHARDS)
    return standings(log, MemoryRows(), MemoryArtifacts())


async def finding_queries(rows: MemoryRows) -> FindingQueries:
    """Questions for findings, which stand in those rows."""
    return FindingQueries(await empty(), rows, Nothing())


async def spread(prefix: str, count: int) -> MemoryRows:
    """So many rows below a prefix, over all shards, with neighbours that are not meant."""
    rows = MemoryRows()
    for number in range(count):
        shard = f"{number % SHARDS:03d}"
        key = f"{prefix}image-{number * 7919 % 10_007:032x}|x"
        await rows.commit(shard, [Put(key, {"id": str(number), "severity": "High"})])
    for neighbour in ("c|CVE-2026-10|", "c|CVE-2026-0|", "b|2026-10|", "b|2025-01|", "!", "~"):
        await rows.commit("000", [Put(f"{neighbour}other", {"id": "other", "severity": "High"})])
    return rows


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30), st.integers(1, 35))
async def test_pages_over_shards_give_every_finding_exactly_once(count: int, limit: int) -> None:
    queries = await finding_queries(await spread(index_key("c", "CVE-2026-1"), count))
    found = await everything(queries.page, cve="CVE-2026-1", limit=str(limit))
    ids = [one["id"] for one in found if isinstance(one, dict)]
    assert sorted(map(int, map(str, ids))) == list(range(count))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 12), st.integers(1, 15))
async def test_pages_over_shards_give_every_line_exactly_once(count: int, limit: int) -> None:
    price = Price(amount=Decimal("0.01"), currency="USD")
    queries = BillingQueries(await empty(), await spread(month_key("2026-01"), count), price)
    assert len(await everything(queries.month, month="2026-01", limit=str(limit))) == count


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"cve": "CVE-2026-1", "package": "zlib"},
        {"cve": ""},
        {"cve": "\x00"},
        {"package": "x" * 513},
        {"id": "x"},
        {"cve": "x", "limit": "0"},
        {"cve": "x", "continuationToken": "x"},
    ],
)
async def test_a_question_for_findings_that_makes_no_sense_is_refused(
    asked: dict[str, str],
) -> None:
    with pytest.raises(InvalidInput):
        await (await finding_queries(MemoryRows())).page(asked)


PREFIX = index_key("c", "CVE-2026-1")


@pytest.mark.parametrize(
    "place", ["", "c|CVE-2026-2|x", "c|", f"{PREFIX}\x00", f"{PREFIX}ü", PREFIX + "x" * 600]
)
async def test_a_place_that_is_none_is_refused(place: str) -> None:
    question = {"cve": "CVE-2026-1"}
    token = Parameters(question, known=known("cve", "package")).seal(place)
    with pytest.raises(InvalidInput):
        await (await finding_queries(MemoryRows())).page({**question, "continuationToken": token})


async def test_findings_across_images_leave_disabled_ones_out_unless_asked(
    scanned: Desk,
) -> None:
    app = scanned
    await rule(app, "two", replace(ZLIB_IS_FINE, digests=(digest(2),)))
    await app.app.drain()
    ask = app.app.services.answers.findings.page
    found = {
        disabled: [
            (one["digest"], one["status"])
            for one in await everything(ask, cve="CVE-2026-1", disabled=disabled)
            if isinstance(one, dict)
        ]
        for disabled in DISABLED
    }
    counts = (digest(1), {"code": "Unhealthy", "cause": None, "rule": None})
    exempt = (digest(2), {"code": "NotApplicable", "cause": "Exempt", "rule": "two"})
    assert found["false"] == [counts]
    assert found["only"] == [exempt]
    assert len(found["true"]) == 2
    assert counts in found["true"]
    await app.app.services.ruling.desk.remove(SUBSCRIPTION, "two", by="ada")
    await app.app.drain()
    assert len(await everything(ask, package="zlib")) == 2


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
async def test_pages_with_gaps_give_every_finding_that_counts_exactly_once(limit: int) -> None:
    rows = MemoryRows()
    for number in range(60):
        ruled = {"severity": "High", **({"rule": "most"} if number % 10 else {})}
        key = f"{PREFIX}image-{number * 7919 % 10_007:032x}|x"
        await rows.commit(f"{number % SHARDS:03d}", [Put(key, {"id": str(number), **ruled})])
    page = (await finding_queries(rows)).page
    found = await everything(page, cve="CVE-2026-1", limit=str(limit))
    ids = [str(one["id"]) for one in found if isinstance(one, dict)]
    assert sorted(map(int, ids)) == list(range(0, 60, 10))


async def test_a_place_that_was_invented_is_a_place_like_any() -> None:
    question = {"cve": "CVE-2026-1"}
    token = Parameters(question, known=known("cve", "package")).seal(f"{PREFIX}~")
    queries = await finding_queries(await spread(PREFIX, 3))
    assert await everything(queries.page, **question, continuationToken=token) == []


@pytest.fixture
async def scanned(app: Desk) -> Desk:
    """Two vulnerable images and a clean one."""
    app.sandboxes.brings = {digest(1): VULNERABLE, digest(2): VULNERABLE}
    for number in (1, 2, 3):
        await app.push(number, f"v{number}")
    await app.app.drain()
    return app


@pytest.mark.parametrize(
    "asked",
    [{"cve": "CVE-2026-1"}, {"cve": "cve-2026-1"}, {"package": "zlib"}],
)
async def test_a_cve_and_a_package_lead_to_the_images(scanned: Desk, asked: dict[str, str]) -> None:
    found = await everything(scanned.app.services.answers.findings.page, **asked)
    images = {one["digest"] for one in found if isinstance(one, dict)}
    assert images == {digest(1), digest(2)}
    (first, *_) = found
    assert isinstance(first, dict)
    assert (first["id"], first["package"], first["fixed"]) == ("CVE-2026-1", "zlib", "1.3")


@pytest.mark.parametrize("asked", [{"cve": "CVE-2026-2"}, {"package": "zli"}, {"package": "a/b"}])
async def test_what_no_image_has_is_an_empty_page(scanned: Desk, asked: dict[str, str]) -> None:
    nothing = {"epss": None, "exploited": None} if "cve" in asked else {}
    assert wire(await scanned.app.services.answers.findings.page(asked)) == {"value": [], **nothing}


async def test_every_digest_has_one_line_in_its_month(scanned: Desk) -> None:
    (bill, *_) = await scanned.bills()
    month = str(bill["decided_at"])[:7]
    lines = await everything(scanned.app.services.answers.billing.month, month=month)
    assert {one["digest"] for one in lines if isinstance(one, dict)} == {
        digest(1),
        digest(2),
        digest(3),
    }
    assert await everything(scanned.app.services.answers.billing.month, month="2001-01") == []


async def test_the_summary_adds_up(scanned: Desk) -> None:
    await scanned.delete(2)
    await scanned.app.drain()
    summary = wire(await scanned.app.services.answers.summary.summary({}))
    assert isinstance(summary, dict)
    totals = {
        "images": 2,
        "health": {"Healthy": 1, "Unhealthy": 1, "NotApplicable": 0, "Unscanned": 0},
        "findings": {
            "critical": 0,
            "high": 0,
            "medium": 0,
            "low": 0,
            "negligible": 0,
            "unknown": 1,
        },
        "disabled": dict.fromkeys(SEVERITIES, 0),
        "waiting": 0,
        "failed": 0,
        "stale": None,
    }
    assert summary.pop("staleCountedAt") is None
    registries = summary.pop("registries")
    assert summary == totals
    assert isinstance(registries, list)
    (registry,) = registries
    assert isinstance(registry, dict)
    assert {name: registry[name] for name in totals} == totals
    assert registry["registry"] == "demo.azurecr.io"


async def test_an_empty_fleet_has_a_summary_of_nothing() -> None:
    queries = SummaryQueries(await empty(), StaleCounts(MemoryRows()))
    summary = wire(await queries.summary({}))
    assert isinstance(summary, dict)
    assert (summary["images"], summary["registries"]) == (0, [])
    with pytest.raises(InvalidInput):
        wire(await queries.summary({"x": "1"}))


async def test_how_many_are_stale_is_told_with_when_that_was_counted(scanned: Desk) -> None:
    counts = StaleCounts(await scanned.account.tables.open("stale"))
    await counts.record({Place(SUBSCRIPTION, REGISTRY): 2, Place("gone", "gone"): 1}, at(5))
    summary = wire(await scanned.app.services.answers.summary.summary({}))
    assert isinstance(summary, dict)
    assert (summary["stale"], summary["staleCountedAt"]) == (2, instant(at(5)))
    # What is gone is stale no more, and the whole is the sum of its parts.
    assert isinstance(summary["registries"], list)
    assert [one["stale"] for one in summary["registries"] if isinstance(one, dict)] == [2]
