"""A log that older code began and newer code went on with is one log: read, folded, frozen, asked.

`docs/adr/0015-schema-ladder.md` tells the same as a story.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.advisories import ADVISORIES, Assessed, Published, RecordFleetAssessment
from core.domain.events import FleetAssessed
from core.domain.ids import advisories_stream
from core.domain.values import Artifact
from core.errors import CorruptLog
from core.log import layout
from core.log.handle import current, handle
from core.log.sharded import ShardedLog, open_log
from core.past.opening import open_past
from core.projections.assessments import KEY, Assessments, assessed_of
from core.storage.interface import Cells, Put
from core.storage.memory import MemoryArtifacts, MemoryTables
from tests.golden.add import event_file
from tests.support.queries import no_alarm
from tests.support.samples import artifact, at
from tests.support.tally import cause

OLD = FleetAssessed(
    version=17,
    database=Artifact(sha256="e5" * 32, size=73_400_320),
    positions=(4_294_967_296, 7),
    assessed_at=None,
)
"""What the golden file of schema 1 says."""
NEW = RecordFleetAssessment(version=18, database=artifact(18), positions=(9, 9), assessed_at=at(1))
FOLDED = Assessed(version=18, database=artifact(18), positions=(9, 9), assessed_at=at(1))


def golden(schema: int) -> Cells:
    """The bytes that code of that schema wrote, as they stand in a row."""
    data = event_file("FleetAssessed", schema).read_text().rstrip("\n")
    return {"type": "FleetAssessed", "schema": schema, "data": data}


class Written:
    """A log of one shard, whose first event is an older process's."""

    def __init__(self, log: ShardedLog, tables: MemoryTables, artifacts: MemoryArtifacts) -> None:
        self.log = log
        self.tables = tables
        self.artifacts = artifacts

    async def rewrite(self, **cells: str | int) -> None:
        """The first event, and the snapshot behind it, as an older process left them."""
        rows = await self.tables.open("log")
        first = await rows.get(layout.partition(0), layout.event_key(1))
        snapshot = await rows.get(layout.partition(0), layout.snapshot_key(advisories_stream()))
        assert first is not None
        assert snapshot is not None
        older: Cells = {**snapshot.cells, "schema": "advisories.2", "fold": b'{"version":"?"}'}
        await rows.commit(
            layout.partition(0),
            [Put(first.key, {**first.cells, **cells}), Put(snapshot.key, older)],
        )


@pytest.fixture
async def written() -> Written:
    tables, artifacts = MemoryTables(), MemoryArtifacts()
    log = await open_log(await tables.open("log"), artifacts, shards=1)
    command = RecordFleetAssessment(
        version=OLD.version, database=OLD.database, positions=OLD.positions, assessed_at=at(0)
    )
    await handle(log, ADVISORIES, advisories_stream(), command, cause("by older code"))
    one = Written(log, tables, artifacts)
    await one.rewrite(
        **{name: str(it) if name != "schema" else 1 for name, it in golden(1).items()}
    )
    return one


async def test_an_older_event_is_read_as_the_newer_one_that_it_would_have_been(
    written: Written,
) -> None:
    assert [one.event for one in await written.log.read(0, after=0)] == [OLD]
    assert [one.event for one in await written.log.history(advisories_stream())] == [OLD]


async def test_newer_code_goes_on_with_a_stream_that_older_code_began(written: Written) -> None:
    state: Published = await current(written.log, ADVISORIES, advisories_stream())
    assert state.assessed is not None
    assert (state.assessed.version, state.assessed.assessed_at) == (17, None)
    await handle(written.log, ADVISORIES, advisories_stream(), NEW, cause("by newer code"))
    after: Published = await current(written.log, ADVISORIES, advisories_stream())
    assert after.assessed == FOLDED
    schemas = [one.event.schema for one in await written.log.read(0, after=0)]
    assert schemas == [2, 2], "as they are read; the first still stands there as it was written"


async def test_a_segment_holds_what_was_written_and_is_lifted_when_it_is_read(
    written: Written,
) -> None:
    await handle(written.log, ADVISORIES, advisories_stream(), NEW, cause("by newer code"))
    past = await open_past(
        written.log, written.tables, written.artifacts, no_alarm, segment=2, every=2
    )
    await past.archivist.run()
    await past.log.read(0, after=0, limit=1)
    assert await past.log.read(0, after=0) == await written.log.read(0, after=0)
    fold = await past.shards.fold(0, datetime.now(UTC))
    row = await fold.rows(Assessments()).get(layout.partition(0), KEY)
    assert assessed_of(row.cells if row else None) == FOLDED


async def test_older_code_stops_at_what_newer_code_wrote_and_says_what_to_do(
    written: Written,
) -> None:
    await written.rewrite(schema=3)
    with pytest.raises(CorruptLog, match=r"position 1: .* newer than this code: update it first"):
        await written.log.read(0, after=0)


@pytest.mark.parametrize("schema", [1, 2])
def test_both_golden_files_of_the_example_are_there(schema: int) -> None:
    assert Path(event_file("FleetAssessed", schema)).exists()
