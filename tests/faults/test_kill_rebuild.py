"""Whoever works on a rebuild is killed at any moment, and the next one brings it to its end (P7,
P11)."""

import asyncio

import pytest

from core.domain.events import RebuildRequested
from core.domain.ids import upkeep_stream
from core.projections.interface import table_name
from core.rebuilding.rebuilder import GRACE
from core.rebuilding.state import Phase
from core.storage.account import open_account
from dev.stack.azurite import Azurite
from tests.faults.doomed import doomed
from tests.faults.rebuilding_worker import run
from tests.faults.storage import seeded
from tests.support.campaign import Campaign
from tests.support.ladders import Ladder
from tests.support.rebuilding import Own, Site, undisturbed
from tests.support.tables import unique_name

pytestmark = [pytest.mark.azurite, pytest.mark.timeout(1200)]

PATIENCE = 60.0
"""Seconds within which a worker has begun."""
LIFE = 0.6
"""Seconds that a worker lives after that, at most."""


async def test_a_rebuild_goes_on_where_whoever_was_killed_has_left_it(
    azurite: Azurite, campaign: Campaign
) -> None:
    prefix, chance = unique_name(), seeded(26)
    rounds = campaign.pick(50, 1)
    async with open_account(azurite.connection_string) as account:
        site = Site(tables=Own(account.tables, prefix))
        await site.say(2, 60, 1)
        await site.say(3, shard=1)
        process = await site.process()
        await process.runner.sweep()
        for generation in range(2, 2 + rounds):
            await process.rebuilder.ask(process.projection, by="somebody", reason="to see")
            async with doomed(run, azurite.connection_string, prefix) as begun:
                assert await asyncio.to_thread(begun.poll, PATIENCE), "it has not begun"
                await asyncio.sleep(chance.uniform(0.0, LIFE))
                await site.say(generation)
            assert (await site.rebuild()).running
            done = await site.to_the_end(process)
            assert (done.phase, done.generation, done.error) == (Phase.DONE, generation, "")
            assert await process.shown() == await undisturbed(process.log)
            assert not await site.there(table_name(Ladder(), generation - 1))
            site.clock.pass_by(GRACE)
        facts = [type(one.event) for one in await process.log.history(upkeep_stream("ladder"))]
    assert facts == [RebuildRequested] * rounds
    campaign.tried(f"rebuilds whose workers were killed with SIGKILL: {rounds}, each made once")
