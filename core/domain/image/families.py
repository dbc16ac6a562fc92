"""What follows for an index from its children, and for a child from an index that lists it."""

from collections.abc import Sequence

from core.domain import events as e
from core.domain.image import commands as c
from core.domain.image.presence import push
from core.domain.image.state import Image


def adopt(image: Image, command: c.AdoptParent) -> Sequence[e.ImageEvent]:
    """An index asks for the verdict on this image, which perhaps nobody told of."""
    if command.parent in (image.children or {}):
        return ()  # no digest is inside of one that it contains: somebody lies
    found = e.ParentFound(parent=command.parent, pushed_at=command.pushed_at)
    asked_at = image.parents.get(command.parent)
    events = () if asked_at is not None and command.pushed_at <= asked_at else (found,)
    if image.present:
        return events
    unheard = c.RecordPush(
        image=command.image,
        subscription=command.subscription,
        tag=None,
        media_type=command.media_type,
        size=None,
        source=e.Source.INDEX,
        pushed_at=command.pushed_at,
    )
    return *push(image, unheard), *events


def children(image: Image, command: c.RecordChildren) -> Sequence[e.ImageEvent]:
    """The verdicts that are newer than what is known. One as before is recorded, too: its
    position keeps older ones out."""
    known = image.children or {}
    return tuple(
        e.ChildAssessed(
            child=child,
            health=verdict.health,
            counts=verdict.counts,
            position=verdict.position,
            disabled=verdict.disabled,
        )
        for child, verdict in command.verdicts.items()
        if child in known and verdict.position > known[child].position
    )
