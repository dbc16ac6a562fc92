"""Records what a look into a registry brought, and tells whoever must act on it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from core.domain.events import Source
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import Command, RecordDeletion, RecordPresence, RemoveTag
from core.domain.values import ImageName
from core.enrolment.enrolment import Enrolled
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.reconcile.comparing import Missing, Present
from core.registry.interface import Seen

_MESSAGES = 16
"""Messages that are sent at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Where it was looked, and why."""

    enrolled: Enrolled
    repository: str
    source: Source

    def image(self, digest: str) -> ImageName:
        """An image there."""
        return ImageName(
            registry=self.enrolled.endpoint.login_server, repository=self.repository, digest=digest
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The registry was asked for this image, or for a tag of it, and has it no more."""

    missing: Missing
    seen: Seen


class Recorder:
    """Makes commands of what was found. Each says when it was seen, by the registry's own clock, so
    that one that is repeated, or late, changes nothing. Those to streams of one shard share
    transactions; each takes effect by itself, so whoever dies at it begins again."""

    def __init__(self, log: EventLog, dispatch: Dispatch) -> None:
        self._log = log
        self._dispatch = dispatch

    async def present(self, looked: Looked, found: Sequence[Present]) -> int:
        """The registry has them; of how many that was news."""
        return await self._tell([_presence(looked, one) for one in found])

    async def gone(self, looked: Looked, absent: Sequence[Absent]) -> int:
        """The registry has them no more; of how many that was news."""
        return await self._tell([_absence(looked, one) for one in absent])

    async def _tell(self, asked: Sequence[Asked[Command]]) -> int:
        handled = await handle_many(self._log, IMAGE, asked)
        for some in batched(handled, _MESSAGES, strict=False):
            await asyncio.gather(*(self._dispatch.waiting(one.state) for one in some))
        news = [one for one in handled if one.events]
        for shard in sorted({one.shard for one in news}):
            await self._dispatch.news(shard)
        return len(news)


def _presence(looked: Looked, found: Present) -> Asked[Command]:
    listed = found.listed
    command = RecordPresence(
        image=looked.image(listed.digest),
        subscription=looked.enrolled.resource.subscription,
        tag=found.tag,
        media_type=listed.media_type,
        size=None,
        source=looked.source,
        updated_at=listed.updated_at,
        seen_at=listed.seen_at,
        wanted=found.wanted,
    )
    return _asked(looked, command.image, command, found.tag, listed.seen_at)


def _absence(looked: Looked, absent: Absent) -> Asked[Command]:
    tag, at = absent.missing.tag, absent.seen.at
    command: Command = (
        RecordDeletion(deleted_at=at) if tag is None else RemoveTag(tag=tag, removed_at=at)
    )
    return _asked(looked, looked.image(absent.missing.digest), command, tag, at)


def _asked(
    looked: Looked, image: ImageName, command: Command, tag: str | None, at: datetime
) -> Asked[Command]:
    kind = type(command).__name__
    cause = Cause(
        command=command_id("reconcile", kind, looked.source, image, tag, at),
        correlation=f"{looked.source} {looked.enrolled.resource.name}",
        causation=looked.source,
    )
    return Asked(stream=image_stream(image), command=command, cause=cause)
