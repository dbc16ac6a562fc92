"""A tag that points to a new digest is lost to the old one.

A push asks the tag's stream where the tag points; when that knows better, the pushed digest has no
claim. The digest that a tag left hears of it by the tag's own event: were it told by whoever
pointed the tag, an interruption in between would leave it with the tag for ever.
"""

from collections.abc import Iterable
from dataclasses import replace

from core.domain.events import ImagePushed, PushOutdated, TagPointed
from core.domain.ids import command_id, image_stream, tag_stream
from core.domain.image import IMAGE
from core.domain.image.commands import LoseTag
from core.domain.recorded import Recorded
from core.domain.tag import TAG, PointTag
from core.domain.values import ImageName
from core.log.handle import Cause, handle
from core.log.interface import EventLog


class TagProcess:
    """Follows pushes under a tag, and tags that moved; see `core/processes/follower.py`."""

    name = "tags"

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        match recorded.event:
            case ImagePushed(tag=str(tag)) | PushOutdated(tag=str(tag)) as pushed:
                command = PointTag(
                    registry=pushed.image.registry,
                    repository=pushed.image.repository,
                    tag=tag,
                    digest=pushed.image.digest,
                    pointed_at=pushed.pushed_at,
                )
                return await self._point(command, cause)
            case TagPointed(previous=str(previous), digest=digest) as pointed if previous != digest:
                lose = LoseTag(tag=pointed.tag, to=digest, moved_at=pointed.pointed_at)
                loser = ImageName(
                    registry=pointed.registry, repository=pointed.repository, digest=previous
                )
                return {await self._lose(loser, lose, cause)}
            case _:
                return None

    async def _point(self, command: PointTag, cause: Cause) -> set[int]:
        stream = tag_stream(command.registry, command.repository, command.tag)
        handled = await handle(self._log, TAG, stream, command, cause)
        tag = handled.state
        if tag.digest is None or tag.pointed_at is None or tag.digest == command.digest:
            return {handled.shard}
        lose = LoseTag(tag=command.tag, to=tag.digest, moved_at=tag.pointed_at)
        loser = ImageName(
            registry=command.registry, repository=command.repository, digest=command.digest
        )
        return {handled.shard, await self._lose(loser, lose, cause)}

    async def _lose(self, loser: ImageName, lose: LoseTag, cause: Cause) -> int:
        """Tell an image that a tag points elsewhere; it knows whether that is news."""
        part = replace(cause, command=command_id(cause.command, loser.digest))
        return (await handle(self._log, IMAGE, image_stream(loser), lose, part)).shard
