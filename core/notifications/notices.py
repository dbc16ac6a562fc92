"""What a notice says: the payloads, as CloudEvents carry them, and their JSON Schema.

Two shapes: one image and what changed about it; or, when one cause touches many images (advisories
were published, a rule has changed), one digest of them all, so that nobody is told five hundred
times of one advisory. Lists are cut at a length and say how long they were: the API has the rest.
Text from inside images (package names, versions) is hostile, and whoever shows it must escape it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec

from core.domain.findings import Finding
from core.domain.image.state import Image
from core.notifications.deltas import Delta, Kind

LISTED = 10
"""Findings that one list of a notice holds at most, and tags that an image shows."""
TEXT = 80
"""Characters of a name that came from an image or an advisory: so that whatever they are, a notice
fits into one cell of storage (64 KiB)."""
EXAMPLES = 50
"""Images that a digest names at most."""

IMAGE_TYPE = "Pratique.Image."
"""What the CloudEvents type of a notice of one image begins with; a kind follows."""
FLEET_TYPE = "Pratique.Fleet.Changed"
"""The CloudEvents type of a digest."""


class FindingNote(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One finding, in brief."""

    id: str
    package: str
    version: str
    fixed: str | None
    severity: str
    known_exploited: bool


class FindingList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some findings, worst first, and how many there are in all."""

    total: int
    listed: list[FindingNote]


class ImageNotice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`data` of a notice of one image."""

    registry: str
    repository: str
    digest: str
    tags: list[str]
    subscription: str
    kind: str
    cause: str
    """Why it was looked at: `push`, `advisories-changed`, `rules-changed`, …"""
    scan: str | None
    """The scan that the verdict is of."""
    health: str
    counts: dict[str, int]
    """Its findings by severity, `{"critical": 2, …}`, without disabled ones."""
    new: FindingList
    resolved: FindingList
    exploited: FindingList
    fixable: FindingList
    at: datetime


class ImageNote(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One image of a digest."""

    registry: str
    repository: str
    digest: str
    tags: list[str]
    kind: str
    new: int
    """How many findings are new to it."""


class FleetNotice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`data` of a digest: one cause, and every image that it changed."""

    subscription: str
    cause: str
    version: int
    """Which of the causes of that name: of the advisories, their version."""
    images: int
    kinds: dict[str, int]
    """Images by the kind of their change."""
    examples: list[ImageNote]
    """The most pressing ones."""
    at: datetime


type Exploited = Callable[[Finding], bool]
"""Whether a finding is known to be exploited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A CloudEvent (v1.0) without its transport."""

    id: str
    """Made of where in the log its cause stands: the same however often it is sent."""
    type: str
    source: str
    subject: str
    time: datetime
    data: bytes
    """JSON: an ImageNotice or a FleetNotice."""


def image_notice(
    image: Image, delta: Delta, exploited: Exploited, *, cause: str, at: datetime
) -> ImageNotice:
    """What there is to say of one image, which must have a name."""
    assert image.name is not None  # noqa: S101 - what has a verdict has a name
    return ImageNotice(
        registry=image.name.registry,
        repository=image.name.repository,
        digest=image.name.digest,
        tags=list(image.tags[:LISTED]),
        subscription=image.subscription,
        kind=delta.kind.value,
        cause=cause,
        scan=image.assessment.scan if image.assessment else None,
        health=image.health.value,
        counts=cast("dict[str, int]", msgspec.to_builtins(image.counts)),
        new=_list(delta.new, exploited),
        resolved=_list(delta.resolved, exploited),
        exploited=_list(delta.exploited, exploited),
        fixable=_list(delta.fixable, exploited),
        at=at,
    )


def fleet_notice(
    notices: Sequence[ImageNotice], *, cause: str, version: int, at: datetime
) -> FleetNotice:
    """One digest of notices that have one cause and one subscription; at least one is there."""
    order = list(Kind)
    pressing = sorted(notices, key=lambda one: (order.index(Kind(one.kind)), -one.new.total))
    kinds = {
        kind.value: count
        for kind in order
        if (count := sum(one.kind == kind.value for one in notices))
    }
    return FleetNotice(
        subscription=notices[0].subscription,
        cause=cause,
        version=version,
        images=len(notices),
        kinds=kinds,
        examples=[_note(one) for one in pressing[:EXAMPLES]],
        at=at,
    )


def schemas() -> Mapping[str, object]:
    """JSON Schema (2020-12) of both payloads, by CloudEvents type: `docs/notifications.json`."""
    names = (f"{IMAGE_TYPE}*", FLEET_TYPE)
    types = (ImageNotice, FleetNotice)
    return {name: msgspec.json.schema(one) for name, one in zip(names, types, strict=True)}


def _list(findings: Sequence[Finding], exploited: Exploited) -> FindingList:
    worst_first = sorted(findings, key=lambda one: one.severity.rank)
    listed = [_brief(one, exploited(one)) for one in worst_first[:LISTED]]
    return FindingList(total=len(findings), listed=listed)


def _brief(finding: Finding, known_exploited: bool) -> FindingNote:
    return FindingNote(
        id=finding.id[:TEXT],
        package=finding.package[:TEXT],
        version=finding.version[:TEXT],
        fixed=finding.fixed and finding.fixed[:TEXT],
        severity=finding.severity.value,
        known_exploited=known_exploited,
    )


def _note(notice: ImageNotice) -> ImageNote:
    return ImageNote(
        registry=notice.registry,
        repository=notice.repository,
        digest=notice.digest,
        tags=notice.tags,
        kind=notice.kind,
        new=notice.new.total,
    )
