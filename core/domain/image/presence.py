"""What follows from news of the registry: what is there, what is gone, where tags point.

News comes late, twice and in any order; the registry's clock says which of it counts.
"""

from collections.abc import Sequence

from core.domain import events as e
from core.domain.image import commands as c
from core.domain.image.requests import current, demand, unasked
from core.domain.image.state import Image


def push(
    image: Image,
    command: c.RecordPush,
    priority: e.Priority = e.Priority.PUSH,
    *,
    wanted: bool = True,
) -> Sequence[e.ImageEvent]:
    """A push, and a scan where one is due; or word that a deletion known before has undone it."""
    seen = image.pushes.get(command.tag or "")
    if seen is not None and command.pushed_at <= seen:
        return ()
    if image.deleted_at is not None and command.pushed_at <= image.deleted_at:
        outdated = e.PushOutdated(image=command.image, tag=command.tag, pushed_at=command.pushed_at)
        return (outdated,)
    pushed = e.ImagePushed(
        image=command.image,
        subscription=command.subscription,
        tag=command.tag,
        media_type=command.media_type,
        size=command.size,
        source=command.source,
        pushed_at=command.pushed_at,
    )
    if not wanted or current(image):
        return (pushed,)
    reason = e.ScanReason(command.source)
    return pushed, *demand(image, command.image, reason, priority, 0)


def present(image: Image, command: c.RecordPresence) -> Sequence[e.ImageEvent]:
    """A push that nobody told of, or a scan that was never asked for or was withdrawn.

    A sweep of thousands keeps no push waiting; an import is as urgent as one.
    """
    if image.deleted_at is not None and command.seen_at <= image.deleted_at:
        return ()
    imported = command.source is e.Source.IMPORT
    priority = e.Priority.PUSH if imported else e.Priority.RESCAN
    if image.present and (command.tag is None or command.tag in image.tags):
        if not command.wanted or not unasked(image):
            return ()
        reason = e.ScanReason(command.source)
        return demand(image, command.image, reason, priority, 0)
    at = command.updated_at if image.name is None and command.updated_at else command.seen_at
    unheard = c.RecordPush(
        image=command.image,
        subscription=command.subscription,
        tag=command.tag,
        media_type=command.media_type,
        size=command.size,
        source=command.source,
        pushed_at=at,
    )
    return push(image, unheard, priority, wanted=command.wanted)


def delete(image: Image, command: c.RecordDeletion) -> Sequence[e.ImageEvent]:
    """The image is gone, unless some push is newer: then only its older tags are."""
    if image.deleted_at is not None and command.deleted_at <= image.deleted_at:
        return ()
    if not any(pushed_at > command.deleted_at for pushed_at in image.pushes.values()):
        return (e.ImageDeleted(deleted_at=command.deleted_at),)
    gone = tuple(tag for tag in image.tags if image.pushes[tag] <= command.deleted_at)
    return (e.DeletionOutdated(deleted_at=command.deleted_at, tags=gone),)


def pull(image: Image, command: c.RecordPull) -> Sequence[e.ImageEvent]:
    """At most one pull a day."""
    if not image.present or (image.pulled_on is not None and command.day <= image.pulled_on):
        return ()
    return (e.ImagePulled(day=command.day),)


def lose_tag(image: Image, command: c.LoseTag) -> Sequence[e.ImageEvent]:
    """A tag of this image points to another by now."""
    if image.name is None or command.tag not in image.tags or image.name.digest == command.to:
        return ()
    if (image.pushes[command.tag], image.name.digest) > (command.moved_at, command.to):
        return ()  # the tag's stream has yet to hear of a push of this image that is newer
    return (e.TagMoved(tag=command.tag, to=command.to, moved_at=command.moved_at),)


def remove_tag(image: Image, command: c.RemoveTag) -> Sequence[e.ImageEvent]:
    """A tag is gone, unless it was set after the registry was asked."""
    if command.tag not in image.tags or image.pushes[command.tag] > command.removed_at:
        return ()
    return (e.TagRemoved(tag=command.tag, removed_at=command.removed_at),)
