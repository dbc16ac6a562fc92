"""An event as the log holds it: the fact, and where, when and why it was recorded."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.events import Event
from core.domain.ids import CommandId, StreamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One event at its place in the log."""

    shard: int
    position: int
    """1, 2, 3 … without a gap within the shard."""
    stream: StreamId
    version: int
    """1, 2, 3 … without a gap within the stream."""
    at: datetime
    """When it was recorded, UTC. Within a shard it never runs backwards."""
    command: CommandId
    """The command that it followed from."""
    correlation: str
    """What all that followed from one cause outside has in common."""
    causation: str
    """The command or event that caused the command."""
    event: Event
