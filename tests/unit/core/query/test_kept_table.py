"""What a process leaves is read as it was, or not at all; who uses it is in `test_kept.py`."""

from core.log import layout
from core.projections.partition import CHECKPOINT
from core.query.kept_table import KeptShard, KeptTable
from core.storage.interface import Row
from core.storage.memory import MemoryRows
from tests.faults.storage import seeded


async def test_a_shard_that_does_not_fit_is_not_left_and_looked_for_in_vain() -> None:
    table, noise = KeptTable(MemoryRows()), seeded(1)
    rows = {
        key: Row(layout.partition(0), key, {"digest": noise.randbytes(30_000).hex()}, "e")
        for key in map(str, range(40))
    }
    checkpoint = Row(layout.partition(0), CHECKPOINT, {"position": 7}, "e")
    assert not await table.write("imagesv1", 0, KeptShard(checkpoint=checkpoint, rows=rows))
    assert not await table.write("imagesv1", 0, KeptShard())
    assert await table.read("imagesv1", 0) is None
    few = KeptShard(checkpoint=checkpoint, rows=dict(list(rows.items())[:9]))
    assert await table.write("imagesv1", 0, few)
    found = await table.read("imagesv1", 0)
    assert found is not None
    assert found.rows == few.rows
