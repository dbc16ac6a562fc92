"""The images of a registry as the view knows them, read at once for a whole slice of a sweep.

The view may be a moment behind the log. That costs a command which decides nothing, never more.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from core.projections.cells import text, words
from core.storage.interface import Cells, RowReader, Where
from core.storage.reading import every

_SETTLED = frozenset({"waiting", "running", "inventoried", "completed", "failed"})
"""Stages of a scan that need nobody to ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownImage:
    """One image that is in the registry, as far as is known."""

    tags: frozenset[str]
    pushed_at: str
    """The newest push, as the view shows times."""
    pulled_on: str
    """The last day on which it was pulled, empty when that is not known."""
    asked: bool
    """Whether a scan was asked for, and not withdrawn."""
    assessed: bool
    """Whether a scan has come to an end."""


type KnownImages = Mapping[str, Mapping[str, KnownImage]]
"""By repository and digest."""


async def known_images(images: RowReader, login_server: str) -> KnownImages:
    """All images of one registry."""
    where = [
        Where("RowKey", "ge", "i|"),
        Where("RowKey", "lt", "i}"),
        Where("registry", "eq", login_server),
    ]
    found: defaultdict[str, dict[str, KnownImage]] = defaultdict(dict)
    async for row in every(images, where):
        if digest := text(row.cells, "digest"):
            found[text(row.cells, "repository")][digest] = _known(row.cells)
    return found


def _known(cells: Cells) -> KnownImage:
    return KnownImage(
        tags=frozenset(words(cells, "tags")),
        pushed_at=text(cells, "pushed_at"),
        pulled_on=text(cells, "pulled_on"),
        asked=text(cells, "stage") in _SETTLED,
        assessed=text(cells, "stage") == "completed",
    )
