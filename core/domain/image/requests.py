"""When a scan is due, starts, or is not wanted any more."""

from collections.abc import Sequence

from core.domain import events as e
from core.domain.ids import image_stream, scan_id
from core.domain.image import commands as c
from core.domain.image.state import Image, Stage
from core.domain.values import ImageName


def request(image: Image, command: c.RequestScan) -> Sequence[e.ImageEvent]:
    """A scan, of an image that is there and can be scanned."""
    settled = image.not_applicable is not None or image.children is not None
    if image.name is None or not image.present or settled:
        return ()
    return demand(
        image, image.name, command.reason, command.priority, command.advisories, by=command.by
    )


def demand(
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


def start(image: Image, command: c.StartAttempt) -> Sequence[e.ImageEvent]:
    """The next attempt at the open scan, once its time has come."""
    scan = image.open_scan
    if scan is None or scan.id != command.scan or scan.stage is not Stage.WAITING:
        return ()
    if command.attempt != scan.attempt + 1:
        return ()
    if scan.retry_at is not None and command.at < scan.retry_at:
        return ()
    started = e.ScanStarted(scan=command.scan, attempt=command.attempt, deadline=command.deadline)
    return (started,)


def withdraw(image: Image, command: c.WithdrawScan) -> Sequence[e.ImageEvent]:
    """The scan is not wanted any more. One that runs may end."""
    scan = image.open_scan
    if scan is None or scan.id != command.scan or scan.stage is Stage.RUNNING:
        return ()
    return (e.ScanWithdrawn(scan=command.scan, message=command.message),)


def current(image: Image) -> bool:
    """Whether a push of this digest needs no further scan."""
    known = image.assessment or image.not_applicable or image.children is not None
    settled = image.failure is None and image.open_scan is None and not unasked(image)
    return bool(known) and settled


def unasked(image: Image) -> bool:
    """Whether no scan was ever asked for, or the last one was withdrawn before it ended."""
    return image.scan is None or image.scan.stage is Stage.WITHDRAWN
