"""How a shard's rows look. `PartitionKey` is the shard.

| RowKey | what | written |
| --- | --- | --- |
| `!head` | the last position, and when | replaced by every append, under its ETag |
| `e|<position>` | an event | inserted, never changed |
| `v|<stream>|<version>` | its position: makes (stream, version) unique | inserted |
| `s|<stream>` | the stream's version and fold | replaced under its ETag |
| `i|<command>` | the receipt: first position and count | inserted: a command takes effect once |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.ids import CommandId, StreamId
from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.errors import CorruptLog, UnreadableEvent
from core.log import codec
from core.log.interface import Append, Appended, Stream
from core.storage.interface import Cell, Cells, Insert, Replace, Row, Write, artifact_of

HEAD = "!head"
INLINE = 32 * 1024
"""Bytes of an event that stand in its row; a larger one stands in a blob, named by its hash."""
FOLD = 48 * 1024
"""Bytes of a fold that stand in its row; a larger one is folded from the history instead."""

_WIDTH = 12
_VERSION_WIDTH = 10


def partition(shard: int) -> str:
    """A shard's partition key."""
    return f"{shard:03d}"


def shard_of(key: str) -> int:
    """The shard whose partition key it is. ValueError when it is none."""
    return int(key)


def event_key(position: int) -> str:
    """Row key of the event at a position: in the order of positions."""
    return f"e|{position:0{_WIDTH}d}"


def position_of(key: str) -> int:
    """The position that an event's row key names."""
    return int(key.removeprefix("e|"))


def version_key(stream: StreamId, version: int) -> str:
    """Row key that makes a version unique."""
    return f"v|{stream}|{version:0{_VERSION_WIDTH}d}"


def snapshot_key(stream: StreamId) -> str:
    """Row key of a stream's fold."""
    return f"s|{stream}"


def receipt_key(command: CommandId) -> str:
    """Row key of a command's receipt."""
    return f"i|{command}"


def head_row(position: int, at: datetime, etag: str | None) -> Write:
    """Moves the head, or makes it."""
    cells: Cells = {"position": position, "at": stamp(at)}
    return Insert(HEAD, cells) if etag is None else Replace(HEAD, cells, etag)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An append whose events are bytes already, and which of them need a blob."""

    append: Append
    encoded: tuple[codec.Encoded, ...]

    @property
    def large(self) -> list[bytes]:
        """The events that no row holds: to be stored as artifacts before the append."""
        return [event.data for event in self.encoded if len(event.data) > INLINE]


def prepare(append: Append) -> Prepared:
    """Encode an append's events, once."""
    return Prepared(append, tuple(codec.encode(event) for event in append.events))


def row_count(append: Append) -> int:
    """Rows that one command takes: two for each event, and those of the stream and the receipt."""
    return 2 * len(append.events) + 2


def rows_of(prepared: Prepared, first: int, at: datetime) -> list[Write]:
    """The rows of one command, its events at position `first` and on."""
    writes: list[Write] = []
    append = prepared.append
    stream = append.stream
    for index, encoded in enumerate(prepared.encoded):
        position, version = first + index, stream.version + 1 + index
        cells: Cells = {
            "stream": stream.id,
            "version": version,
            "type": encoded.type,
            "schema": encoded.schema,
            "at": stamp(at),
            "command": append.command,
            "correlation": append.correlation,
            "causation": append.causation,
            **_data(encoded.data),
        }
        writes.append(Insert(event_key(position), cells))
        writes.append(Insert(version_key(stream.id, version), {"position": position}))
    writes.append(_snapshot(append, first))
    receipt: Cells = {"first": first, "count": len(append.events)}
    writes.append(Insert(receipt_key(append.command), receipt))
    return writes


def _data(data: bytes) -> Cells:
    if len(data) <= INLINE:
        return {"data": data.decode()}
    artifact = artifact_of(data)
    return {"sha256": artifact.sha256, "size": artifact.size}


def _snapshot(append: Append, first: int) -> Write:
    cells: dict[str, Cell] = {
        "version": append.stream.version + len(append.events),
        "position": first + len(append.events) - 1,
        "schema": append.fold_schema,
    }
    if len(append.fold) <= FOLD:
        cells["fold"] = append.fold
    key = snapshot_key(append.stream.id)
    if append.stream.etag is None:
        return Insert(key, cells)
    return Replace(key, cells, append.stream.etag)


def stream_of(stream: StreamId, row: Row | None) -> Stream:
    """A stream as its snapshot row shows it."""
    if row is None:
        return Stream(id=stream, version=0, fold=None, fold_schema="", etag=None)
    fold = row.cells.get("fold")
    return Stream(
        id=stream,
        version=integer(row.cells, "version"),
        fold=fold if isinstance(fold, bytes) else None,
        fold_schema=str(row.cells["schema"]),
        etag=row.etag,
    )


def receipt_of(row: Row) -> Appended:
    """A receipt, as the answer to a repeated command."""
    return Appended(
        first=integer(row.cells, "first"), count=integer(row.cells, "count"), repeated=True
    )


def recorded_of(shard: int, row: Row, spilled: bytes | None) -> Recorded:
    """An event as its row shows it, and its blob if it has one. UnreadableEvent when it does not
    decode."""
    cells, position = row.cells, position_of(row.key)
    try:
        data = str(cells["data"]).encode() if spilled is None else spilled
        schema = integer(cells, "schema")
        return Recorded(
            shard=shard,
            position=position,
            stream=StreamId(str(cells["stream"])),
            version=integer(cells, "version"),
            at=moment(str(cells["at"])),
            command=CommandId(str(cells["command"])),
            correlation=str(cells["correlation"]),
            causation=str(cells["causation"]),
            event=codec.decode(codec.Encoded(type=str(cells["type"]), schema=schema, data=data)),
        )
    except (KeyError, ValueError, CorruptLog) as error:
        raise UnreadableEvent(shard, position, str(error)) from error


def spilled_artifact(row: Row) -> Artifact | None:
    """The blob that holds the event's bytes, when its row does not."""
    if "sha256" not in row.cells:
        return None
    return Artifact(sha256=str(row.cells["sha256"]), size=integer(row.cells, "size"))


def positions(rows: Sequence[Row]) -> list[int]:
    """The positions that version rows name."""
    return [integer(row.cells, "position") for row in rows]


def integer(cells: Cells, name: str) -> int:
    """A cell that holds a whole number."""
    return int(cells[name])


def stamp(at: datetime) -> str:
    """A time as text of fixed width: the order of the texts is the order of the times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """The time that `stamp` wrote."""
    return datetime.fromisoformat(text)
