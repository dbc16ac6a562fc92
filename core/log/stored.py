"""An event as it is stored: its row, and the blob that holds its bytes when the row does not."""

from core.domain.recorded import Recorded
from core.errors import ArtifactMissing, UnreadableEvent
from core.log import layout
from core.storage.interface import Artifacts, Row


async def recorded(artifacts: Artifacts, shard: int, row: Row) -> Recorded:
    """The event. UnreadableEvent when it does not decode, or its blob is gone."""
    artifact = layout.spilled_artifact(row)
    try:
        spilled = None if artifact is None else await artifacts.get(artifact)
    except ArtifactMissing as error:
        raise UnreadableEvent(shard, layout.position_of(row.key), str(error)) from error
    return layout.recorded_of(shard, row, spilled)
