"""A tag that points to a new digest is lost to the old one."""

from collections.abc import Iterable
from dataclasses import replace

from core.domain.events import ImagePushed
from core.domain.ids import command_id, image_stream, tag_stream
from core.domain.image import IMAGE
from core.domain.image.commands import LoseTag
from core.domain.recorded import Recorded
from core.domain.tag import TAG, PointTag, Tag
from core.domain.values import ImageName
from core.log.handle import Cause, handle
from core.log.interface import EventLog


class TagProcess:
    """Follows pushes under a tag; see `core/processes/follower.py`."""

    name = "tags"

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        match recorded.event:
            case ImagePushed(image=image, tag=str(tag), pushed_at=pushed_at):
                return await self._point(
                    PointTag(
                        registry=image.registry,
                        repository=image.repository,
                        tag=tag,
                        digest=image.digest,
                        pointed_at=pushed_at,
                    ),
                    cause,
                )
            case _:
                return None

    async def _point(self, command: PointTag, cause: Cause) -> set[int]:
        stream = tag_stream(command.registry, command.repository, command.tag)
        handled = await handle(self._log, TAG, stream, command, cause)
        touched = {handled.shard}
        for digest in {command.digest, handled.state.previous} - {handled.state.digest, None}:
            touched.add(await self._lose(command, str(digest), handled.state, cause))
        return touched

    async def _lose(self, command: PointTag, digest: str, tag: Tag, cause: Cause) -> int:
        """Tell a digest that the tag points elsewhere; it knows whether that is news."""
        loser = ImageName(registry=command.registry, repository=command.repository, digest=digest)
        lose = LoseTag(
            tag=command.tag,
            to=tag.digest or "",
            moved_at=tag.pointed_at or command.pointed_at,
        )
        part = replace(cause, command=command_id(cause.command, digest))
        handled = await handle(self._log, IMAGE, image_stream(loser), lose, part)
        return handled.shard
