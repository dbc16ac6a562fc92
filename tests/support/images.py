"""Commands to an image, and what becomes of it: for scenarios in the words of given, when, then."""

from collections.abc import Sequence
from datetime import date, timedelta

from core.domain import events as e
from core.domain.ids import image_stream, scan_id
from core.domain.image import IMAGE, Image
from core.domain.image import commands as c
from core.domain.image.state import ChildVerdict
from core.domain.values import (
    Disabled,
    FailureCause,
    Health,
    NotApplicableCause,
    Platform,
    ScanId,
    SeverityCounts,
)
from tests.support.samples import MANIFEST, SUBSCRIPTION, artifact, at, digest, image_name

LINUX = Platform(os="linux", architecture="amd64")
CLEAN = SeverityCounts()
BAD = SeverityCounts(critical=1, low=2)


def given(*commands: c.Command) -> Image:
    """An image to which that happened, in this order."""
    image = IMAGE.initial
    for command in commands:
        image = IMAGE.fold(image, IMAGE.decide(image, command))
    return image


def then(image: Image, command: c.Command) -> tuple[Sequence[e.ImageEvent], Image]:
    """What follows from one more command: the events, and the image after them."""
    events = IMAGE.decide(image, command)
    return events, IMAGE.fold(image, events)


def scan(ordinal: int = 1, number: int = 1) -> ScanId:
    """The name of an image's scan."""
    return scan_id(image_stream(image_name(number)), ordinal)


def push(
    minute: int = 0,
    tag: str | None = "latest",
    *,
    number: int = 1,
    source: e.Source = e.Source.PUSH,
) -> c.RecordPush:
    """A push of image `number` at that minute."""
    return c.RecordPush(
        image=image_name(number),
        subscription=SUBSCRIPTION,
        tag=tag,
        media_type=MANIFEST,
        size=1234,
        source=source,
        pushed_at=at(minute),
    )


def present(
    minute: int = 0,
    tag: str | None = "latest",
    *,
    source: e.Source = e.Source.RECONCILE,
    updated: int | None = None,
    wanted: bool = True,
) -> c.RecordPresence:
    """The registry has image 1 at that minute."""
    return c.RecordPresence(
        image=image_name(),
        subscription=SUBSCRIPTION,
        tag=tag,
        media_type=MANIFEST,
        size=1234,
        source=source,
        updated_at=at(updated) if updated is not None else None,
        seen_at=at(minute),
        wanted=wanted,
    )


def remove(tag: str, minute: int) -> c.RemoveTag:
    """The registry has the tag no more at that minute."""
    return c.RemoveTag(tag=tag, removed_at=at(minute))


def withdraw(*, of: int = 1) -> c.WithdrawScan:
    """The scan is not wanted any more."""
    return c.WithdrawScan(scan=scan(of), message="The plan is off.")


def delete(minute: int) -> c.RecordDeletion:
    """A deletion at that minute."""
    return c.RecordDeletion(deleted_at=at(minute))


def pull(day: int) -> c.RecordPull:
    """A pull on that day."""
    return c.RecordPull(day=date(2026, 1, 1) + timedelta(days=day))


def lose(tag: str, minute: int, *, to: int = 2) -> c.LoseTag:
    """The tag went to another image at that minute."""
    return c.LoseTag(tag=tag, to=digest(to), moved_at=at(minute))


def request(
    reason: e.ScanReason = e.ScanReason.PULLED,
    priority: e.Priority = e.Priority.RESCAN,
    advisories: int = 0,
) -> c.RequestScan:
    """A request for a scan, of no urgency unless said otherwise."""
    return c.RequestScan(reason=reason, priority=priority, advisories=advisories)


def start(attempt: int = 1, *, of: int = 1, minute: int = 1) -> c.StartAttempt:
    """An attempt at scan `of` starts at that minute."""
    deadline = at(minute + 15)
    return c.StartAttempt(scan=scan(of), attempt=attempt, at=at(minute), deadline=deadline)


def inventory(attempt: int = 1, *, of: int = 1, bom: int = 1) -> c.RecordInventory:
    """An attempt brought the packages."""
    return c.RecordInventory(
        scan=scan(of),
        attempt=attempt,
        bom=artifact(bom),
        platform=LINUX,
        distribution="debian 12.15",
        cataloger="trivy 0.76.0",
        packages=88,
        unidentified=0,
    )


def assess(counts: SeverityCounts = CLEAN, *, of: int = 1, version: int = 1) -> c.RecordAssessment:
    """The inventory was matched with that version of the advisories."""
    return c.RecordAssessment(
        scan=scan(of),
        findings=artifact(100 + version),
        counts=counts,
        patchable=counts.total,
        uncompared=0,
        advisories=artifact(200 + version),
        advisories_version=version,
    )


def finish(
    counts: SeverityCounts = CLEAN, *, attempt: int = 1, of: int = 1, version: int = 1
) -> c.RecordScan:
    """An attempt brought the packages, and they were assessed at once."""
    return c.RecordScan(
        inventory=inventory(attempt, of=of), assessment=assess(counts, of=of, version=version)
    )


def reassess(counts: SeverityCounts = CLEAN, *, version: int = 2, bom: int = 1) -> c.Reassess:
    """The known inventory was matched with another version of the advisories."""
    return c.Reassess(
        bom=artifact(bom),
        findings=artifact(100 + version),
        counts=counts,
        patchable=counts.total,
        uncompared=0,
        advisories=artifact(200 + version),
        advisories_version=version,
    )


def fail(
    cause: FailureCause = FailureCause.TIMEOUT, attempt: int = 1, *, of: int = 1, retry: int = 10
) -> c.RecordFailure:
    """An attempt came to nothing; another may start at minute `retry`."""
    return c.RecordFailure(
        scan=scan(of), attempt=attempt, cause=cause, message="It failed.", retry_at=at(retry)
    )


def not_applicable(
    cause: NotApplicableCause = NotApplicableCause.WINDOWS, *, attempt: int = 1, of: int = 1
) -> c.RecordNotApplicable:
    """An attempt found nothing to scan."""
    windows = Platform(os="windows", architecture="amd64")
    return c.RecordNotApplicable(
        scan=scan(of), attempt=attempt, cause=cause, platform=windows, message="It is Windows."
    )


def apply_rules(*, version: int = 1, findings: int = 1, lows: int = 1) -> c.ApplyRules:
    """Rules disable so many findings of low severity of what was found with that version of the
    advisories."""
    return c.ApplyRules(findings=artifact(100 + findings), disabled=disabled(version, lows))


def disabled(version: int = 1, lows: int = 1) -> Disabled:
    """That version of the rules disables so many findings of low severity."""
    return Disabled(
        subscription=SUBSCRIPTION,
        rules_version=version,
        exemptions=artifact(300 + lows) if lows else None,
        counts=SeverityCounts(low=lows),
        patchable=lows,
    )


def read_index(*children: int, attempt: int = 1, of: int = 1) -> c.RecordIndex:
    """An attempt found an index of these images."""
    listed = tuple(
        e.Child(digest=digest(child), media_type=MANIFEST, platform=LINUX) for child in children
    )
    return c.RecordIndex(scan=scan(of), attempt=attempt, children=listed)


def child(
    number: int, health: Health, position: int, counts: SeverityCounts = CLEAN
) -> c.RecordChildren:
    """A child's verdict, as of its event at that position."""
    verdict = ChildVerdict(health=health, counts=counts, position=position)
    return c.RecordChildren(verdicts={digest(number): verdict})


def adopt(parent: int = 9, *, minute: int = 0) -> c.AdoptParent:
    """An index that was pushed at that minute lists the image."""
    return c.AdoptParent(
        parent=digest(parent),
        image=image_name(),
        subscription=SUBSCRIPTION,
        media_type=MANIFEST,
        pushed_at=at(minute),
    )


def names(events: Sequence[e.ImageEvent]) -> list[str]:
    """The types of events."""
    return [type(event).__name__ for event in events]


RUNNING = (push(), start())
"""Pushed, and its first attempt is under way."""
HEALTHY = (*RUNNING, finish())
"""Scanned, and nothing was found."""
UNHEALTHY = (*RUNNING, finish(BAD))
"""Scanned, and something was found."""
INDEX = (*RUNNING, read_index(2, 3))
"""An index of two images, of which nothing is known yet."""
