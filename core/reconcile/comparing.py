"""What is news in one repository: pure, from what the registry lists and what is known.

What is there is believed when it is listed. What is missing is only suspected: a listing that
changes while it is read may leave out what was there all the time, so whoever sweeps asks for each
missing one by its own name before anything is deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.projections.cells import instant
from core.reconcile.known import KnownImage
from core.registry.interface import Listed

SETTLING = timedelta(minutes=10)
"""How long after its push an image may be missing: replicas and caches lag behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The registry has this image under this tag (or has it at all), and we did not know."""

    listed: Listed
    tag: str | None
    wanted: bool
    """Whether it is to be scanned: it was tagged or pulled within the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """We know of an image that is not listed, or of a tag of it."""

    digest: str
    tag: str | None
    """The tag that is not listed; `None` when the image itself is not."""


def news(
    listed: Sequence[Listed],
    known: Mapping[str, KnownImage],
    *,
    now: datetime,
    window: timedelta,
) -> tuple[list[Present], list[Missing]]:
    """What to record, and what to ask for once more."""
    merged = _merged(listed)
    present = [
        Present(listed=one, tag=tag, wanted=wanted(one, known.get(one.digest), now, window))
        for one in merged.values()
        for tag in _unknown(one, known.get(one.digest), now, window)
    ]
    settled = instant(now - SETTLING)
    everywhere = {tag for one in merged.values() for tag in one.tags}
    missing = [
        Missing(digest=digest, tag=tag)
        for digest, image in known.items()
        if image.pushed_at <= settled
        for tag in _gone(digest, image, merged, everywhere)
    ]
    return present, missing


def _merged(listed: Sequence[Listed]) -> dict[str, Listed]:
    """One entry for each digest: registries that list tags list it once for each."""
    merged: dict[str, Listed] = {}
    for one in listed:
        before = merged.get(one.digest)
        tags = {*one.tags, *(before.tags if before else ())}
        merged[one.digest] = Listed(
            digest=one.digest,
            tags=tuple(sorted(tags)),
            media_type=one.media_type,
            updated_at=one.updated_at,
            seen_at=max(one.seen_at, before.seen_at) if before else one.seen_at,
        )
    return merged


def _unknown(
    listed: Listed, known: KnownImage | None, now: datetime, window: timedelta
) -> Sequence[str | None]:
    """The tags under which the image is news; `None` for the image as such."""
    if known is None:
        return listed.tags or (None,)
    tags = tuple(tag for tag in listed.tags if tag not in known.tags)
    if tags or known.asked or not wanted(listed, known, now, window):
        return tags
    return (None,)


def wanted(listed: Listed, known: KnownImage | None, now: datetime, window: timedelta) -> bool:
    """Whether it was tagged or pulled within the window. A registry that does not say when it was
    tagged is given the benefit of the doubt: nothing is left out in silence."""
    if listed.updated_at is None or listed.updated_at >= now - window:
        return True
    return known is not None and known.pulled_on >= (now - window).date().isoformat()


def _gone(
    digest: str, image: KnownImage, listed: Mapping[str, Listed], everywhere: set[str]
) -> Sequence[str | None]:
    """What of the image is not listed. A tag that is listed elsewhere has moved: that is told to
    the image it moved to, and this one hears of it."""
    gone: list[str | None] = [tag for tag in sorted(image.tags) if tag not in everywhere]
    if digest not in listed:
        gone.append(None)
    return gone
