"""What a batch of events needs, read at once before the first of them is applied.

One by one the events would wait for storage in turn. Nothing here decides anything: what was not
foreseen is read when its event is applied, and so is what could not be read, for then it is known
whose trouble it is. Rows stay known under the checkpoint's ETag, and an artifact never changes.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.errors import ArtifactMissing
from core.projections.interface import Needs, Projection
from core.projections.partition import Partition
from core.storage.interface import Artifacts

_BYTES = 16 * 1024 * 1024
"""Artifacts that are held for one batch: an image's findings may have any size."""


async def read_ahead(
    projection: Projection, partition: Partition, artifacts: Artifacts, news: Sequence[Recorded]
) -> Mapping[Artifact, bytes]:
    """Make the rows known that the events touch; most of the artifacts that they need."""
    if len(news) < 2:
        return {}
    keys = (key for recorded in news for key in _keys(projection, recorded))
    await partition.read(dict.fromkeys(keys))
    needs = [await _needs(projection, partition, recorded) for recorded in news]
    await partition.read(dict.fromkeys(key for one in needs for key in one.keys))
    wanted = list(_within(_BYTES, needs))
    contents = await asyncio.gather(*(_content(artifacts, one) for one in wanted))
    pairs = zip(wanted, contents, strict=True)
    return {artifact: content for artifact, content in pairs if content is not None}


def _keys(projection: Projection, recorded: Recorded) -> Sequence[str]:
    try:
        return tuple(projection.keys(recorded))
    except Exception:  # noqa: BLE001 - said of the event when its turn comes
        return ()


async def _needs(projection: Projection, partition: Partition, recorded: Recorded) -> Needs:
    """What the event would need, did those before it change nothing."""
    rows = await partition.read(_keys(projection, recorded))
    try:
        return projection.needs(recorded, rows)
    except Exception:  # noqa: BLE001 - said of the event when its turn comes
        return Needs()


def _within(size: int, needs: Sequence[Needs]) -> Iterator[Artifact]:
    """The first artifacts, each once, that have no more bytes together."""
    for artifact in dict.fromkeys(artifact for one in needs for artifact in one.artifacts):
        size -= artifact.size
        if size < 0:
            return
        yield artifact


async def _content(artifacts: Artifacts, artifact: Artifact) -> bytes | None:
    try:
        return await artifacts.get(artifact)
    except ArtifactMissing:  # said of the event when its turn comes
        return None
