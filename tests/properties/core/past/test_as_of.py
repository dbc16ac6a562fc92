"""What is said of a moment of the past is what was said at that moment, whatever happened since."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.advisories import ADVISORIES, RecordFleetAssessment
from core.domain.ids import advisories_stream, command_id
from core.log.handle import Cause, handle
from core.past.opening import open_past
from core.past.shards import PastShards
from core.projections.billing import Billing
from core.projections.findings import Findings
from core.projections.images import Images
from core.projections.interface import table_name
from core.query.billing import BillingQueries
from core.query.fleet import FindingQueries, SummaryQueries
from core.query.prices import Price
from core.query.shapes import Json
from core.query.standing import Standings
from core.scanning.exploited import KnownExploitation
from core.scanning.stale import StaleCounts
from core.storage.memory import MemoryRows
from tests.support.queries import image_queries, no_alarm, standings, unsealed
from tests.support.samples import artifact, at
from tests.support.wire import wire
from tests.support.world import NAMES, THREE, Step, World, steps, world

type Answers = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Said:
    """What was said at a moment."""

    moment: datetime
    answers: Answers


async def ask(one: World, past: PastShards, **asked: str) -> Answers:
    """Everything that can be asked of a moment; by default, of now. Whoever asks has just come."""
    rows = await one.tables.open(table_name(Images()))
    images = image_queries(one.log, rows, one.artifacts, past)
    standing = standings(one.log, rows, one.artifacts, past)
    summary = SummaryQueries(standing, StaleCounts(MemoryRows()))
    said: dict[str, Json] = {
        "list": await pages(images.page, **asked),
        "bad": await pages(images.page, health="unhealthy", **asked),
        "summary": wire(await summary.summary(asked)),
        "findings": await findings(one, standing, **asked),
        "ledger": await ledger(one, standing, **asked),
    }
    for number, name in NAMES.items():
        said[f"image {number}"] = wire(await images.one(name, asked))
        said[f"findings {number}"] = wire(await images.findings(name, asked))
    return said


async def findings(one: World, standing: Standings, **asked: str) -> list[Json]:
    """Who has some of what there is to have, disabled or not, in whatever order."""
    rows = await one.tables.open(table_name(Findings()))
    page = FindingQueries(standing, rows, KnownExploitation(one.log, one.artifacts)).page
    names = ({"cve": "cve-2026-0001"}, {"cve": THREE.id}, {"package": "openssl"})
    found = [await pages(page, **name, disabled="true", **asked) for name in names]
    counted = await pages(page, package="zlib", **asked)
    return [list[Json](sorted(some, key=str)) for some in (*found, counted)]


async def ledger(one: World, standing: Standings, **asked: str) -> list[Json]:
    """The ledger of the months that the world lives in."""
    rows = await one.tables.open(table_name(Billing()))
    price = Price(amount=Decimal("0.01"), currency="USD")
    queries = BillingQueries(standing, rows, price)
    told: list[Json] = []
    for month in ("2026-01", f"{datetime.now(UTC):%Y-%m}"):
        page = wire(await queries.month({"month": month, "limit": "500", **asked}))
        assert isinstance(page, dict)
        assert "continuationToken" not in page
        told += [page, list[Json](await pages(queries.month, month=month, **asked))]
    return told


async def pages(ask: Callable[[Mapping[str, str]], Awaitable[object]], **asked: str) -> list[Json]:
    """A list, page by page."""
    found: list[Json] = []
    while True:
        page = wire(await ask({**asked, "limit": "2"}))
        assert isinstance(page, dict)
        assert isinstance(page["value"], list)
        found += page["value"]
        if "continuationToken" not in page:
            return found
        asked["continuationToken"] = str(page["continuationToken"])


async def claim(one: World, version: int) -> None:
    """Somebody says that the fleet was assessed with a version of the advisories."""
    heads = [await one.log.head(shard) for shard in range(one.log.shards)]
    command = RecordFleetAssessment(
        version=version,
        database=artifact(version),
        positions=tuple(one.position for one in heads),
        assessed_at=at(version),
    )
    cause = Cause(command=command_id("claim", version), correlation="", causation="")
    await handle(one.log, ADVISORIES, advisories_stream(), command, cause)


def tick(after: datetime | None = None) -> datetime:
    """Now, once the clock has moved on."""
    began = after or datetime.now(UTC)
    while (now := datetime.now(UTC)) <= began:
        pass
    return now


async def lived(one: World, days: list[list[Step]], past: PastShards) -> list[Said]:
    """What was said at the end of each of those days."""
    said: list[Said] = []
    for count, day in enumerate(days):
        await one.live(day)
        if count % 2:
            await claim(one, count)
            await one.processes[0].sweep()
        moment = tick()
        said.append(Said(moment, await ask(one, past)))
        tick(moment)
    return said


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(steps, min_size=1, max_size=6), min_size=1, max_size=4), st.integers(1, 9))
async def test_the_past_is_what_was_said_then(days: list[list[Step]], every: int) -> None:
    one = await world()
    live = unsealed(one.log, one.artifacts)
    said = await lived(one, days, live)
    past = await open_past(
        one.log, one.tables, one.artifacts, no_alarm, segment=every + 1, every=every
    )
    await past.archivist.run()
    for then in said:
        asked = {"asOf": then.moment.isoformat().replace("+00:00", "Z")}
        assert await ask(one, live, **asked) == then.answers
        assert await ask(one, past.shards, **asked) == then.answers
