"""The images: each one's verdict, freshness, tags and times; and totals by registry.

- `i|<stream>` is one image, for as long as it is in its registry;
- `g|<stream>` is what is remembered of one that is gone, for when it comes back;
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


def gone_key(stream: StreamId) -> str:
    """Row key of what is remembered of an image that is gone."""
    return f"g|{stream}"


class Images:
    """The projection; see `core/projections/interface.py`."""

    name = "images"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        if not recorded.stream.startswith("image-"):
            return ()
        return (image_key(recorded.stream),)

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        row = rows.get(image_key(recorded.stream))
        keys = set() if row is None else {total_key(row)}
        if isinstance(recorded.event, e.ImagePushed):
            keys.add(total_key(image_rows.identity(recorded.event)))
        if row is None and isinstance(recorded.event, (e.ImagePushed, e.ParentFound)):
            keys.add(gone_key(recorded.stream))
        return Needs(keys=sorted(keys))

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        if not recorded.stream.startswith("image-"):
            return ()
        before = rows.get(image_key(recorded.stream))
        memory = rows.get(gone_key(recorded.stream), {})
        match recorded.event:
            case e.ImagePushed() if before is None:
                shown = _shown(recorded, rows, None, image_rows.evolve(memory, recorded))
                return Drop(gone_key(recorded.stream)), *shown
            case e.ParentFound(parent=parent) if before is None:
                found = dict(memory)
                image_rows.add_parent(found, parent)
                return (Set(gone_key(recorded.stream), found),)
            case e.ImageDeleted() if before is not None:
                return _gone(recorded, rows, before)
            case _ if before is not None:
                return _shown(recorded, rows, before, image_rows.evolve(before, recorded))
            case _:
                return ()


def _shown(
    recorded: Recorded, rows: ViewRows, before: Cells | None, after: Cells
) -> Sequence[Change]:
    return [Set(image_key(recorded.stream), after), *exchange(rows, before, after)]


def _gone(recorded: Recorded, rows: ViewRows, before: Cells) -> Sequence[Change]:
    memory = image_rows.remembered(before)
    keep = [Set(gone_key(recorded.stream), memory)] if memory else []
    return [Drop(image_key(recorded.stream)), *keep, *exchange(rows, before, None)]
