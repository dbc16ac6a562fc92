"""One image: its verdict, what to do first, and all that ever happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.answers.findings import Finding, Upgrade
from core.answers.images import Happening, ImageWithTimeline
from core.pages.findings import SORTS, Listed, listed
from core.pages.words import REASONS, cause_in_words

DOWNLOADS = (
    ("SBOM, as it was taken", "sbom", ""),
    ("CycloneDX with findings", "export", "cyclonedx"),
    ("SPDX", "export", "spdx"),
    ("SARIF", "export", "sarif"),
    ("OpenVEX", "export", "openvex"),
    ("CSV", "export", "csv"),
)
"""What each is called, the part of the API that gives it, and its format."""

_BIG = {"ImagePushed", "ScanCompleted", "ScanFailed", "ImageNotApplicable", "ImageDeleted"}
"""The events that somebody looks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the timeline."""

    moment: Happening
    big: bool
    words: str
    """What there is to say beside its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePage:
    """What an image's page shows."""

    image: ImageWithTimeline
    findings: Listed
    upgrades: tuple[Upgrade, ...]
    """Those that resolve something, worst first."""
    hopeless: int
    """Findings that no known version resolves."""
    exploited: tuple[Finding, ...]
    timeline: tuple[Event, ...]
    """The latest first."""
    asked: bool
    """Whether somebody has just asked for a scan."""
    downloads: tuple[tuple[str, str, str], ...] = DOWNLOADS
    sorts: Mapping[str, str] = field(default_factory=lambda: SORTS)


def image_page(
    image: ImageWithTimeline,
    findings: Sequence[Finding],
    upgrades: Sequence[Upgrade],
    asked: Mapping[str, str],
) -> ImagePage:
    """What the page shows of an image and its findings."""
    counted = [one for one in findings if one.status.rule is None]
    return ImagePage(
        image=image,
        findings=listed(findings, asked),
        upgrades=tuple(one for one in upgrades if one.target is not None),
        hopeless=len({name for one in upgrades for name in one.leaves}),
        exploited=tuple(one for one in counted if one.exploited is not None),
        timeline=tuple(event_of(one) for one in reversed(image.timeline)),
        asked="asked" in asked,
    )


def event_of(moment: Happening) -> Event:
    """A line of the timeline."""
    return Event(moment=moment, big=moment.event in _BIG, words=_words(moment))


def _words(moment: Happening) -> str:
    told = moment.details
    match moment.event:
        case "ImagePushed":
            return f"as {told['tag']}" if told.get("tag") else "without a tag"
        case "ImagePulled":
            return f"on {told.get('day')}"
        case "TagMoved":
            return f"{told.get('tag')} points to {_short(told.get('to'))} since"
        case "TagRemoved":
            return f"{told.get('tag')}"
        case "ScanRequested":
            by = f", by {told['by']}" if told.get("by") else ""
            return f"for {REASONS.get(str(told.get('reason')), str(told.get('reason')))}{by}"
        case "ScanStarted":
            return f"attempt {told.get('attempt')}"
        case "InventoryTaken":
            return f"{told.get('packages')} packages"
        case "ScanCompleted":
            counts = told.get("counts")
            return _counted(counts) if isinstance(counts, dict) else ""
        case "ScanFailed" | "ImageNotApplicable":
            return cause_in_words(str(told.get("cause")))
        case _:
            return ""


def _counted(counts: Mapping[str, object]) -> str:
    there = [
        f"{count} {name}" for name, count in counts.items() if isinstance(count, int) and count
    ]
    return ", ".join(there) or "nothing found"


def _short(digest: object) -> str:
    return str(digest).removeprefix("sha256:")[:12]
