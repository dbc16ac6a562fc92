"""What follows from what an attempt brought: an inventory, an index, nothing to scan, a failure.

What comes late or twice is told apart by `awaiting`; nothing is taken by halves.
"""

from collections.abc import Sequence
from typing import assert_never

from core.domain import events as e
from core.domain.image import commands as c
from core.domain.image.assessing import assessment, completed
from core.domain.image.awaiting import MAX_ATTEMPTS, awaited, served
from core.domain.image.state import Image, Stage
from core.domain.values import FailureCause

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

type EndCommand = (
    c.RecordInventory
    | c.RecordAssessment
    | c.RecordScan
    | c.RecordIndex
    | c.RecordNotApplicable
    | c.RecordFailure
)


def end(image: Image, command: EndCommand) -> Sequence[e.ImageEvent]:
    """Take what an attempt at the open scan has come to."""
    match command:
        case c.RecordInventory():
            return _inventory(image, command)
        case c.RecordAssessment():
            return assessment(image, command.scan, command)
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
            origin=command.origin,
        ),
    )


def _scanned(image: Image, command: c.RecordScan) -> Sequence[e.ImageEvent]:
    """The inventory, and its assessment unless an older database made it than the last one."""
    inventory = _inventory(image, command.inventory)
    if not inventory or command.assessment.advisories_version < image.advisories_version:
        return inventory
    (taken,) = inventory
    return taken, completed(taken.scan, command.assessment)


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
