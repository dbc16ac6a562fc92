"""An event as it is stored: its row, and the blob that holds its bytes when the row does not."""

from core.domain.recorded import Recorded
from core.log import layout
from core.storage.interface import Artifacts, Row


async def recorded(artifacts: Artifacts, shard: int, row: Row) -> Recorded:
    """The event. CorruptLog when it does not decode, ArtifactMissing when its blob is gone."""
    artifact = layout.spilled_artifact(row)
    spilled = None if artifact is None else await artifacts.get(artifact)
    return layout.recorded_of(shard, row, spilled)
