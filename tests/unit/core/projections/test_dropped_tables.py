"""A view's table that somebody removes by hand comes back by itself, in the emulator as in
memory."""

import pytest

from core.errors import PratiqueError
from core.log.sharded import open_log
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.account import open_account
from core.storage.memory import MemoryArtifacts, MemoryTables
from dev.stack.azurite import Azurite
from tests.support.ladders import Ladder, table
from tests.support.tables import unique_name
from tests.support.tally import add, streams_of


@pytest.mark.azurite
async def test_a_table_that_another_process_removed_comes_back(azurite: Azurite) -> None:
    log = await open_log(await MemoryTables().open("log"), MemoryArtifacts(), shards=1)
    (stream,) = streams_of(log, 0, 1)
    ladder = Ladder(name=unique_name())
    async with (
        open_account(azurite.connection_string) as ours,
        open_account(azurite.connection_string) as theirs,
    ):
        runner = Runner(log, [View(ladder, ours.tables, MemoryArtifacts())])
        for once, length in enumerate((5, 3)):
            await add(log, stream, length, once=once)
            await runner.catch_up(0)
        before = await table(await ours.tables.open(table_name(ladder)))
        await theirs.tables.drop(table_name(ladder))
        await add(log, stream, 4, once="after")
        for _ in range(3):
            try:
                await runner.sweep()
            except ExceptionGroup as failed:
                if failed.split(PratiqueError)[1] is not None:
                    raise
        after = await table(await ours.tables.open(table_name(ladder)))
        await theirs.tables.drop(table_name(ladder))
    assert (len(before), len(after)) == (4, 5)
