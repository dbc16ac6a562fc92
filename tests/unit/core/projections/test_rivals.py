"""A rival that wrote while we had nothing to write: whatever part of the log it had followed, we
end with what the log says, and do not wait for the next sweep (P5)."""

from contextlib import suppress

import pytest

from core.domain.ids import image_stream
from core.errors import RowConflict
from core.log import layout
from core.projections.interface import Projection, table_name
from core.projections.scans import OpenScans
from core.projections.view import View
from core.storage.interface import Tables
from core.storage.memory import MemoryTables
from tests.support.ladders import Table, table
from tests.support.world import NAMES, PROJECTIONS, World, process, world

SCANNED = (6, 1, 4, 0)
"""The first image is pushed, and scanned at once: its shard has five events of it."""


@pytest.mark.parametrize("followed", range(6))
@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
async def test_whatever_a_rival_has_followed_one_look_shows_what_the_log_says(
    projection: Projection, followed: int
) -> None:
    one = await world()
    await one.step(*SCANNED)
    shard = one.log.shard_of(image_stream(NAMES[1]))
    tail = await one.log.read(shard, after=0)
    rival, ours = (
        View(projection, one.tables, one.artifacts),
        await process(one.tables, one.artifacts),
    )
    await rival.position(shard)
    await ours.catch_up(shard)
    with suppress(RowConflict):
        await rival.follow(shard, tail[:followed])
    await ours.look_into(shard)
    assert await _shown(projection, one.tables, shard) == await _undisturbed(projection, one, shard)


async def test_a_scan_that_has_ended_is_not_shown_as_open_by_a_rival_that_knew_less() -> None:
    """It needs no row where all of it is followed at once, and so nothing to write it with."""
    one = await world()
    await one.step(*SCANNED)
    shard = one.log.shard_of(image_stream(NAMES[1]))
    tail = await one.log.read(shard, after=0)
    ours, scans = await process(one.tables, one.artifacts), OpenScans()
    await ours.catch_up(shard)
    await View(scans, one.tables, one.artifacts).follow(shard, tail[:3])
    assert await _shown(scans, one.tables, shard), "the rival has shown it as open"
    await ours.look_into(shard)
    assert await _shown(scans, one.tables, shard) == []


async def _shown(projection: Projection, tables: Tables, shard: int) -> Table:
    """What the view shows of a shard."""
    rows = await table(await tables.open(table_name(projection)))
    return [row for row in rows if row[0] == layout.partition(shard)]


async def _undisturbed(projection: Projection, one: World, shard: int) -> Table:
    """What it would show, had there never been anybody else."""
    tables = MemoryTables()
    await View(projection, tables, one.artifacts).follow(shard, await one.log.read(shard, after=0))
    return await _shown(projection, tables, shard)
