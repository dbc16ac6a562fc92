"""What follows from a command, given what is known. Nothing follows from a repetition."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from core.domain import events as e
from core.domain.ids import image_stream, scan_id
from core.domain.image import commands as c
from core.domain.image.awaiting import MAX_ATTEMPTS, awaited, served
from core.domain.image.state import Image, Stage
from core.domain.values import FailureCause, ImageName, ScanId

RETRIED = frozenset(
    {
        FailureCause.MANIFEST_UNKNOWN,
        FailureCause.THROTTLED,
        FailureCause.REGISTRY_UNAVAILABLE,
        FailureCause.TIMEOUT,
        FailureCause.OUT_OF_MEMORY,
        FailureCause.CATALOGER_CRASHED,
        FailureCause.REPORT_INVALID,
        FailureCause.NO_SANDBOX,
        FailureCause.INTERNAL,
    }
)
"""Causes that another attempt may mend. A denied pull or false content stays what it is."""


def decide(image: Image, command: c.Command) -> Sequence[e.ImageEvent]:
    """The facts that the command leads to; none when it is a repetition, or comes too late."""
    match command:
        case c.RecordPush():
            return _push(image, command)
        case c.RecordPresence():
            return _presence(image, command)
        case c.RecordDeletion():
            return _delete(image, command)
        case c.RecordPull():
            return _pull(image, command)
        case c.LoseTag():
            return _lose_tag(image, command)
        case c.RemoveTag():
            return _remove_tag(image, command)
        case c.AdoptParent():
            return _adopt(image, command)
        case c.RecordChildren():
            return _children(image, command)
        case c.RequestScan():
            return _request(image, command)
        case c.Reassess():
            return _reassess(image, command)
        case c.ApplyRules():
            return _apply_rules(image, command)
        case c.StartAttempt():
            return _start(image, command)
        case c.WithdrawScan():
            return _withdraw(image, command)
        case _:
            return _end(image, command)


def _push(
    image: Image,
    command: c.RecordPush,
    priority: e.Priority = e.Priority.PUSH,
    *,
    wanted: bool = True,
) -> Sequence[e.ImageEvent]:
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
    if not wanted or _current(image):
        return (pushed,)
    reason = e.ScanReason(command.source)
    return pushed, *_demand(image, command.image, reason, priority, 0)


def _presence(image: Image, command: c.RecordPresence) -> Sequence[e.ImageEvent]:
    """A push that nobody told of, or a scan that was never asked for or was withdrawn.

    A sweep of thousands keeps no push waiting; an import is as urgent as one.
    """
    if image.deleted_at is not None and command.seen_at <= image.deleted_at:
        return ()
    imported = command.source is e.Source.IMPORT
    priority = e.Priority.PUSH if imported else e.Priority.RESCAN
    if image.present and (command.tag is None or command.tag in image.tags):
        if not command.wanted or not _unasked(image):
            return ()
        reason = e.ScanReason(command.source)
        return _demand(image, command.image, reason, priority, 0)
    at = command.updated_at if image.name is None and command.updated_at else command.seen_at
    push = c.RecordPush(
        image=command.image,
        subscription=command.subscription,
        tag=command.tag,
        media_type=command.media_type,
        size=command.size,
        source=command.source,
        pushed_at=at,
    )
    return _push(image, push, priority, wanted=command.wanted)


def _delete(image: Image, command: c.RecordDeletion) -> Sequence[e.ImageEvent]:
    if image.deleted_at is not None and command.deleted_at <= image.deleted_at:
        return ()
    if not any(pushed_at > command.deleted_at for pushed_at in image.pushes.values()):
        return (e.ImageDeleted(deleted_at=command.deleted_at),)
    gone = tuple(tag for tag in image.tags if image.pushes[tag] <= command.deleted_at)
    return (e.DeletionOutdated(deleted_at=command.deleted_at, tags=gone),)


def _pull(image: Image, command: c.RecordPull) -> Sequence[e.ImageEvent]:
    if not image.present or (image.pulled_on is not None and command.day <= image.pulled_on):
        return ()
    return (e.ImagePulled(day=command.day),)


def _lose_tag(image: Image, command: c.LoseTag) -> Sequence[e.ImageEvent]:
    if image.name is None or command.tag not in image.tags or image.name.digest == command.to:
        return ()
    if (image.pushes[command.tag], image.name.digest) > (command.moved_at, command.to):
        return ()  # the tag's stream has yet to hear of a push of this image that is newer
    return (e.TagMoved(tag=command.tag, to=command.to, moved_at=command.moved_at),)


def _remove_tag(image: Image, command: c.RemoveTag) -> Sequence[e.ImageEvent]:
    if command.tag not in image.tags or image.pushes[command.tag] > command.removed_at:
        return ()
    return (e.TagRemoved(tag=command.tag, removed_at=command.removed_at),)


def _adopt(image: Image, command: c.AdoptParent) -> Sequence[e.ImageEvent]:
    if command.parent in (image.children or {}):
        return ()  # no digest is inside of one that it contains: somebody lies
    found = e.ParentFound(parent=command.parent, pushed_at=command.pushed_at)
    asked_at = image.parents.get(command.parent)
    events = () if asked_at is not None and command.pushed_at <= asked_at else (found,)
    if image.present:
        return events
    push = c.RecordPush(
        image=command.image,
        subscription=command.subscription,
        tag=None,
        media_type=command.media_type,
        size=None,
        source=e.Source.INDEX,
        pushed_at=command.pushed_at,
    )
    return *_push(image, push), *events


def _children(image: Image, command: c.RecordChildren) -> Sequence[e.ImageEvent]:
    """A verdict as before is recorded: its position keeps older ones out."""
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


def _request(image: Image, command: c.RequestScan) -> Sequence[e.ImageEvent]:
    settled = image.not_applicable is not None or image.children is not None
    if image.name is None or not image.present or settled:
        return ()
    return _demand(
        image, image.name, command.reason, command.priority, command.advisories, by=command.by
    )


def _demand(
    image: Image,
    name: ImageName,
    reason: e.ScanReason,
    priority: e.Priority,
    advisories: int,
    *,
    by: str = "",
) -> Sequence[e.ImageEvent]:
    """Ask for a scan, or raise what is asked of the open one. Advisories never grow older."""
    scan = image.open_scan
    if scan is None:
        scan_name = scan_id(image_stream(name), image.scans + 1)
        least = max(advisories, image.advisories_version)
        return (
            e.ScanRequested(
                scan=scan_name, reason=reason, priority=priority, advisories=least, by=by
            ),
        )
    urgent = e.Priority.PUSH in (scan.priority, priority)
    raised = e.Priority.PUSH if urgent else e.Priority.RESCAN
    least = max(scan.advisories, advisories)
    if (raised, least) == (scan.priority, scan.advisories):
        return ()
    return (
        e.ScanRequested(scan=scan.id, reason=scan.reason, priority=raised, advisories=least, by=by),
    )


def _start(image: Image, command: c.StartAttempt) -> Sequence[e.ImageEvent]:
    scan = image.open_scan
    if scan is None or scan.id != command.scan or scan.stage is not Stage.WAITING:
        return ()
    if command.attempt != scan.attempt + 1:
        return ()
    if scan.retry_at is not None and command.at < scan.retry_at:
        return ()
    started = e.ScanStarted(scan=command.scan, attempt=command.attempt, deadline=command.deadline)
    return (started,)


def _withdraw(image: Image, command: c.WithdrawScan) -> Sequence[e.ImageEvent]:
    scan = image.open_scan
    if scan is None or scan.id != command.scan or scan.stage is Stage.RUNNING:
        return ()
    return (e.ScanWithdrawn(scan=command.scan, message=command.message),)


type EndCommand = (
    c.RecordInventory
    | c.RecordAssessment
    | c.RecordScan
    | c.RecordIndex
    | c.RecordNotApplicable
    | c.RecordFailure
)


def _end(image: Image, command: EndCommand) -> Sequence[e.ImageEvent]:
    match command:
        case c.RecordInventory():
            return _inventory(image, command)
        case c.RecordAssessment():
            return _assessment(image, command)
        case c.RecordScan():
            return _scanned(image, command)
        case c.RecordIndex():
            if not awaited(image, command.scan, command.attempt):
                return ()
            return (
                e.IndexRead(scan=command.scan, attempt=command.attempt, children=command.children),
            )
        case c.RecordNotApplicable():
            return _not_applicable(image, command)
        case c.RecordFailure():
            return _failure(image, command)
        case _:
            assert_never(command)


def _inventory(image: Image, command: c.RecordInventory) -> Sequence[e.InventoryTaken]:
    taken_for = served(image, command.scan, command.attempt)
    if taken_for is None:
        return ()
    scan, attempt = taken_for
    return (
        e.InventoryTaken(
            scan=scan,
            attempt=attempt,
            bom=command.bom,
            platform=command.platform,
            distribution=command.distribution,
            cataloger=command.cataloger,
            packages=command.packages,
            unidentified=command.unidentified,
        ),
    )


def _scanned(image: Image, command: c.RecordScan) -> Sequence[e.ImageEvent]:
    """The inventory, and its assessment unless an older database made it than the last one."""
    inventory = _inventory(image, command.inventory)
    if not inventory or command.assessment.advisories_version < image.advisories_version:
        return inventory
    (taken,) = inventory
    return taken, _completed(replace(command.assessment, scan=taken.scan))


def _assessment(image: Image, command: c.RecordAssessment) -> Sequence[e.ImageEvent]:
    scan = image.open_scan
    if scan is None or scan.id != command.scan or image.inventory is None:
        return ()
    if scan.stage is Stage.RUNNING or command.advisories_version < image.advisories_version:
        return ()
    last = image.assessment
    if last and last.scan == scan.id and command.advisories_version == last.advisories_version:
        return ()
    return (_completed(command),)


def _reassess(image: Image, command: c.Reassess) -> Sequence[e.ImageEvent]:
    """The end of the open scan, or a scan of its own, asked for and completed at once."""
    if image.name is None or image.inventory is None or image.inventory.bom != command.bom:
        return ()
    if image.open_scan is not None:
        return _assessment(image, _of_scan(image.open_scan.id, command))
    last, version = image.assessment, command.advisories_version
    if last is not None and version <= last.advisories_version:
        return ()
    requested = e.ScanRequested(
        scan=scan_id(image_stream(image.name), image.scans + 1),
        reason=e.ScanReason.ADVISORIES,
        priority=e.Priority.RESCAN,
        advisories=version,
    )
    return requested, _completed(_of_scan(requested.scan, command))


def _of_scan(scan: ScanId, command: c.Reassess) -> c.RecordAssessment:
    return c.RecordAssessment(
        scan=scan,
        findings=command.findings,
        counts=command.counts,
        patchable=command.patchable,
        uncompared=command.uncompared,
        advisories=command.advisories,
        advisories_version=command.advisories_version,
        disabled=command.disabled,
    )


def _completed(command: c.RecordAssessment) -> e.ScanCompleted:
    return e.ScanCompleted(
        scan=command.scan,
        findings=command.findings,
        counts=command.counts,
        patchable=command.patchable,
        uncompared=command.uncompared,
        advisories=command.advisories,
        advisories_version=command.advisories_version,
        disabled=command.disabled,
    )


def _apply_rules(image: Image, command: c.ApplyRules) -> Sequence[e.ImageEvent]:
    """Rules that are older than those that were applied change nothing; neither do rules of a
    subscription that the image has left."""
    last, disabled = image.assessment, command.disabled
    if last is None or last.findings != command.findings:
        return ()
    known = last.disabled
    if disabled.subscription != image.subscription or disabled.same_findings(known):
        return ()
    outdated = disabled.rules_version < known.rules_version
    if known.subscription == image.subscription and outdated:
        return ()
    return (e.RulesApplied(scan=last.scan, disabled=disabled),)


def _not_applicable(image: Image, command: c.RecordNotApplicable) -> Sequence[e.ImageEvent]:
    if not awaited(image, command.scan, command.attempt):
        return ()
    return (
        e.ImageNotApplicable(
            scan=command.scan,
            cause=command.cause,
            platform=command.platform,
            message=command.message,
        ),
    )


def _failure(image: Image, command: c.RecordFailure) -> Sequence[e.ImageEvent]:
    scan = image.open_scan
    if scan is None or scan.id != command.scan or scan.stage is not Stage.RUNNING:
        return ()
    if command.attempt != scan.attempt:
        return ()
    again = command.cause in RETRIED and command.attempt < MAX_ATTEMPTS
    return (
        e.ScanFailed(
            scan=command.scan,
            attempt=command.attempt,
            cause=command.cause,
            message=command.message,
            retry_at=command.retry_at if again else None,
        ),
    )


def _current(image: Image) -> bool:
    """Whether a push of this digest needs no further scan."""
    known = image.assessment or image.not_applicable or image.children is not None
    settled = image.failure is None and image.open_scan is None and not _unasked(image)
    return bool(known) and settled


def _unasked(image: Image) -> bool:
    """Whether no scan was ever asked for, or the last one was withdrawn before it ended."""
    return image.scan is None or image.scan.stage is Stage.WITHDRAWN
