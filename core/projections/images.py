"""The images: each one's verdict, freshness, tags and times; and totals by registry.

- `i|<stream>` is one image; without a digest it is only what is remembered of one that is gone;
- `t|<subscription>|<registry>` adds up the images of that registry in this shard.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.projections import image_rows
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.projections.totals import exchange, total_key
from core.storage.interface import Cells


def image_key(stream: StreamId) -> str:
    """Row key of an image."""
    return f"i|{stream}"


def is_there(row: Cells) -> bool:
    """Whether the row is an image, and not the memory of one."""
    return "digest" in row


class Images:
    """The projection; see `core/projections/interface.py`."""

    name = "images"
    version = 2

    def keys(self, recorded: Recorded) -> Iterable[str]:
        if not recorded.stream.startswith("image-"):
            return ()
        return (image_key(recorded.stream),)

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        row = rows.get(image_key(recorded.stream), {})
        keys = {total_key(row)} if is_there(row) else set()
        if isinstance(recorded.event, e.ImagePushed):
            keys.add(total_key(image_rows.identity(recorded.event)))
        return Needs(keys=sorted(keys))

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        if not recorded.stream.startswith("image-"):
            return ()
        key = image_key(recorded.stream)
        row = rows.get(key, {})
        before = row if is_there(row) else None
        match recorded.event:
            case e.ImageDeleted():
                memory = image_rows.remembered(row)
                change: Change = Set(key, memory) if memory else Drop(key)
                return change, *exchange(rows, before, None)
            case e.ParentFound(parent=parent) if before is None:
                return (Set(key, image_rows.with_parent(row, parent)),)
            case event if before is not None or isinstance(event, e.ImagePushed):
                after = image_rows.evolve(row, recorded)
                return Set(key, after), *exchange(rows, before, after)
            case _:
                return ()
