"""The tag: a name in a repository, and the digest that it points to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.decider import Decider
from core.domain.events import TagPointed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Where a tag points to."""

    digest: str | None = None
    pointed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointTag:
    """A push says that the tag points to that digest."""

    registry: str
    repository: str
    tag: str
    digest: str
    pointed_at: datetime


def evolve(tag: Tag, event: TagPointed) -> Tag:
    """The state after the event."""
    return Tag(digest=event.digest, pointed_at=event.pointed_at)


def decide(tag: Tag, command: PointTag) -> Sequence[TagPointed]:
    """The newest push by the registry's clock wins; of two at one moment, the greater digest, so
    that every order of arrival ends alike."""
    if tag.pointed_at is not None and tag.digest is not None:
        known = (tag.pointed_at, tag.digest)
        if (command.pointed_at, command.digest) <= known:
            return ()
    return (
        TagPointed(
            registry=command.registry,
            repository=command.repository,
            tag=command.tag,
            digest=command.digest,
            previous=tag.digest,
            pointed_at=command.pointed_at,
        ),
    )


TAG: Decider[Tag, PointTag, TagPointed] = Decider(
    kind="tag", schema=1, state=Tag, initial=Tag(), evolve=evolve, decide=decide
)
"""The aggregate. Stream: registry + repository + tag."""
