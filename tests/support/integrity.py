"""What a log's rows must be, whatever was done to whoever wrote them (L1, L2, L3, L10).

It reads the rows themselves: a log that is asked about itself would tell what it believes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.log import layout
from core.storage.interface import Artifacts, Row, Rows
from tests.support.tables import all_rows


@dataclass(frozen=True, slots=True)
class Whole:
    """What a log that is whole holds."""

    events: int
    commands: int


async def check_log(rows: Rows, artifacts: Artifacts) -> Whole:
    """Every rule that the rows of a log keep."""
    shards: defaultdict[str, list[Row]] = defaultdict(list)
    for row in await all_rows(rows):
        shards[row.partition].append(row)
    found = [_check_shard(kept) for name, kept in sorted(shards.items()) if name != "!meta"]
    await _check_blobs((row for kept in shards.values() for row in kept), artifacts)
    return Whole(sum(one.events for one in found), sum(one.commands for one in found))


def _check_shard(rows: Sequence[Row]) -> Whole:
    by_key = {row.key: row for row in rows}
    events = {layout.position_of(row.key): row for row in rows if row.key.startswith("e|")}
    head = layout.integer(by_key[layout.HEAD].cells, "position")
    assert sorted(events) == list(range(1, head + 1)), "positions are 1 to head"
    times = [str(events[position].cells["at"]) for position in sorted(events)]
    assert times == sorted(times), "time does not run backwards"
    _check_versions(by_key, events)
    return Whole(head, _check_receipts(by_key, events))


def _check_versions(rows: Mapping[str, Row], events: Mapping[int, Row]) -> None:
    """Each stream's versions are 1, 2, 3 …, and the rows that say so and its snapshot agree."""
    versions: Counter[str] = Counter()
    last: dict[str, int] = {}
    for position, row in sorted(events.items()):
        stream = str(row.cells["stream"])
        versions[stream] += 1
        last[stream] = position
        assert row.cells["version"] == versions[stream], f"{stream}: versions are contiguous"
        key = f"v|{stream}|{versions[stream]:010d}"
        assert rows[key].cells == {"position": position}, key
    assert sum(key.startswith("v|") for key in rows) == len(events)
    snapshots = {key: row for key, row in rows.items() if key.startswith("s|")}
    assert snapshots.keys() == {f"s|{stream}" for stream in versions}
    for stream, count in versions.items():
        cells = snapshots[f"s|{stream}"].cells
        assert (cells["version"], cells["position"]) == (count, last[stream]), stream


def _check_receipts(rows: Mapping[str, Row], events: Mapping[int, Row]) -> int:
    """Every command's events stand where its receipt says, all of them, and no others do."""
    told: dict[int, str] = {}
    receipts = [row for key, row in rows.items() if key.startswith("i|")]
    for row in receipts:
        first, count = (layout.integer(row.cells, name) for name in ("first", "count"))
        for position in range(first, first + count):
            assert position not in told, "no event belongs to two commands"
            told[position] = row.key.removeprefix("i|")
    assert told == {position: str(row.cells["command"]) for position, row in events.items()}
    return len(receipts)


async def _check_blobs(rows: Iterable[Row], artifacts: Artifacts) -> None:
    """Every blob that a row refers to is there, and hashes right: reading verifies it."""
    for row in rows:
        reference = layout.spilled_artifact(row) if row.key.startswith("e|") else None
        if reference is not None:
            await artifacts.get(reference)
