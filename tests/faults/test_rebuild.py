"""Whatever befalls the k-th request of a rebuild, in any way: it comes to its end, with every row
(P7, P11).

From the asking to the drop of the old table, with an event in the middle. Whoever works on it is
told again, as the queue and the timer do, and believes whatever it believes by now. A run of all
tests strikes three rebuilds; the campaign strikes every request in every way, and stubbornly every
few.
"""

import itertools
import math
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched

import pytest

from core.domain.events import RebuildRequested
from core.domain.ids import upkeep_stream
from core.errors import NotNow, StorageUnavailable
from core.processes.dispatch import QUEUES
from core.rebuilding.rebuilder import GRACE
from core.rebuilding.state import Phase
from core.storage.account import Account, open_account
from core.storage.interface import Insert, Rows
from dev.stack.azurite import Azurite
from tests.faults.rig import AT_ONCE
from tests.faults.transport import STUBBORN, Misfortune, Weather, refuser
from tests.support.campaign import Campaign
from tests.support.ladders import TABLE
from tests.support.rebuilding import Own, Process, Site, undisturbed
from tests.support.tables import all_rows, unique_name

pytestmark = [pytest.mark.azurite, pytest.mark.timeout(3600)]

TIMES = 40
"""Times that it is told of before it is given up."""


@dataclass(frozen=True, slots=True)
class Sky:
    """One storage account, under a clear sky and in the weather."""

    clear: Account
    exposed: Account
    weather: Weather
    before: Site
    """What stands in storage before every rebuild: written once, and copied for each."""

    async def strike(self, misfortune: Misfortune, first: int, count: int) -> int:
        """A rebuild in a place of its own that meets with it; how many requests it sent."""
        prefix = unique_name()
        site = Site(tables=Own(self.clear.tables, prefix), told=self.before.told)
        ours = Own(self.exposed.tables, prefix)
        for name in ("log", TABLE):
            await _copy(await self.before.tables.open(name), await ours.open(name))
        process = await site.process(
            then=lambda _: ours,
            queues=self.exposed.queues,
            fresh=math.inf,  # nobody else flips: what it would look up by the clock is the same
        )
        await process.runner.sweep()
        self.weather.forecast(misfortune, first, count)
        await _live_through(site, process)
        sent = self.weather.sent
        await self.weather.clear()
        await site.say(6)
        await process.runner.sweep()
        await _check(site)
        await site.tables.drop("log")
        return sent


@pytest.fixture(scope="module")
async def sky(azurite: Azurite) -> AsyncIterator[Sky]:
    storage = azurite.connection_string
    async with refuser() as refusing:
        weather = Weather(refusing)
        async with (
            open_account(storage) as clear,
            open_account(storage, transport=weather.transport, retries=AT_ONCE) as exposed,
        ):
            await clear.queues.create(*QUEUES)
            yield Sky(clear, exposed, weather, await _before())


async def _before() -> Site:
    """A view that is up to date, in memory."""
    site = Site()
    await site.say(2, 60, 1)
    await site.say(3, shard=1)
    await (await site.process()).runner.sweep()
    return site


async def _copy(there: Rows, here: Rows) -> None:
    """The same rows in another table: a transaction a partition."""
    for partition, rows in itertools.groupby(await all_rows(there), lambda row: row.partition):
        await here.commit(partition, [Insert(row.key, row.cells) for row in rows])


@pytest.mark.parametrize(
    "misfortunes",
    [*batched(Misfortune, 3, strict=True)],
    ids=lambda some: "-".join(one.name.lower() for one in some),
)
async def test_a_rebuild_comes_to_its_end_through_any_misfortune_of_any_request(
    sky: Sky, campaign: Campaign, misfortunes: Sequence[Misfortune]
) -> None:
    if not campaign.long:
        place = list(Misfortune).index(misfortunes[0])
        assert (
            await sky.strike(misfortunes[place % 2], 1 + place * 9, (STUBBORN, 1)[place % 2]) > 60
        )
        return
    for misfortune in misfortunes:
        once = await _strike_each(sky, misfortune, 1, itertools.count(1))
        assert once > 60, "the walk went over every request"
        often = await _strike_each(sky, misfortune, STUBBORN, range(1, once, STUBBORN // 3))
        campaign.tried(
            f"rebuilds over a network that {misfortune.value}: {once} requests struck, once each,"
            f" and {often} times {STUBBORN} in a row"
        )


async def _strike_each(sky: Sky, misfortune: Misfortune, count: int, firsts: Iterable[int]) -> int:
    """Strike those requests, each in a rebuild of its own, up to the last that one sends; how many
    there were."""
    struck = 0
    for first in firsts:
        if await sky.strike(misfortune, first, count) < first:
            break
        struck += 1
    return struck


async def _live_through(site: Site, process: Process) -> None:
    """A rebuild that somebody wants, an event in the middle, and looks at what is left to do."""
    asked = told = False
    for _ in range(TIMES):
        try:
            if not asked:
                asked = await _ask(process)
            await process.rebuilder.work(process.projection)
            if not told:
                told = True
                await site.say(4, shard=1)
            await process.sweep.tick()
            if not (await site.rebuild()).running:
                return
        except (StorageUnavailable, ExceptionGroup):
            continue
        finally:
            site.clock.pass_by(GRACE)
    raise AssertionError("the rebuild does not come to its end")


async def _ask(process: Process) -> bool:
    """Whether the rebuild stands where everybody sees it."""
    try:
        await process.rebuilder.ask(process.projection, by="somebody", reason="to see")
    except NotNow:  # the answer that said so was lost
        return True
    return True


async def _check(site: Site) -> None:
    """It was made once, and shows what the log says."""
    reader = await site.process()
    rebuild = await site.rebuild()
    assert (rebuild.phase, rebuild.error, rebuild.generation) == (Phase.DONE, "", 2)
    assert await reader.shown() == await undisturbed(reader.log)
    assert not await site.there(TABLE)
    history = await reader.log.history(upkeep_stream("ladder"))
    assert [type(one.event) for one in history] == [RebuildRequested]
