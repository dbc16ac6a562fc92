"""Records what a look into a registry brought, and tells whoever must act on it."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.events import Source
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import Command, RecordDeletion, RecordPresence, RemoveTag
from core.domain.values import ImageName
from core.enrolment.enrolment import Enrolled
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.reconcile.comparing import Present
from core.registry.interface import Seen


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


class Recorder:
    """Makes commands of what was found. Each says when it was seen, by the registry's own clock, so
    that one that is repeated, or late, changes nothing."""

    def __init__(self, log: EventLog, dispatch: Dispatch) -> None:
        self._log = log
        self._dispatch = dispatch

    async def present(self, looked: Looked, found: Present) -> bool:
        """The registry has it; whether that was news."""
        listed = found.listed
        image = looked.image(listed.digest)
        command = RecordPresence(
            image=image,
            subscription=looked.enrolled.resource.subscription,
            tag=found.tag,
            media_type=listed.media_type,
            size=None,
            source=looked.source,
            updated_at=listed.updated_at,
            seen_at=listed.seen_at,
            wanted=found.wanted,
        )
        return await self._tell(looked, image, command, found.tag, listed.seen_at)

    async def gone(self, looked: Looked, digest: str, tag: str | None, seen: Seen) -> bool:
        """The registry was asked for it, and has it no more; whether that was news."""
        command: Command = (
            RecordDeletion(deleted_at=seen.at)
            if tag is None
            else RemoveTag(tag=tag, removed_at=seen.at)
        )
        return await self._tell(looked, looked.image(digest), command, tag, seen.at)

    async def _tell(
        self, looked: Looked, image: ImageName, command: Command, tag: str | None, at: datetime
    ) -> bool:
        kind = type(command).__name__
        cause = Cause(
            command=command_id("reconcile", kind, looked.source, image, tag, at),
            correlation=f"{looked.source} {looked.enrolled.resource.name}",
            causation=looked.source,
        )
        handled = await handle(self._log, IMAGE, image_stream(image), command, cause)
        await self._dispatch.waiting(handled.state)
        if handled.events:
            await self._dispatch.news(handled.shard)
        return bool(handled.events)
