"""Whoever follows the log: a view, or a process manager."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from core.domain.recorded import Recorded
from core.errors import UnreadableEvent


class Follower(Protocol):
    """Whoever reads the log in order, shard by shard, from a checkpoint of its own."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    async def position(self, shard: int) -> int:
        """How far it is in that shard."""

    async def follow(self, shard: int, tail: Sequence[Recorded]) -> Iterable[int]:
        """Take the events that follow its position; the other shards that it has written to."""

    async def stumble(self, shard: int, unreadable: UnreadableEvent) -> None:
        """The event behind its position cannot be read. Raises that, once it is written down; or
        goes past it, where an administrator has given it up."""

    async def settle(self, shard: int) -> None:
        """Write down how far it is, should it be further than storage knows."""
