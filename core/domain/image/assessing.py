"""What follows from matching a known inventory: an assessment, and the rules that apply to it.

Advisories and rules never grow older: what was made with older ones changes nothing.
"""

from collections.abc import Sequence

from core.domain import events as e
from core.domain.ids import image_stream, scan_id
from core.domain.image import commands as c
from core.domain.image.state import Image, Stage
from core.domain.values import ScanId


def assessment(image: Image, command: c.RecordAssessment) -> Sequence[e.ImageEvent]:
    """The end of the open scan, by advisories that are no older than the last ones."""
    scan = image.open_scan
    if scan is None or scan.id != command.scan or image.inventory is None:
        return ()
    if scan.stage is Stage.RUNNING or command.advisories_version < image.advisories_version:
        return ()
    last = image.assessment
    if last and last.scan == scan.id and command.advisories_version == last.advisories_version:
        return ()
    return (completed(command),)


def reassess(image: Image, command: c.Reassess) -> Sequence[e.ImageEvent]:
    """The end of the open scan, or a scan of its own, asked for and completed at once."""
    if image.name is None or image.inventory is None or image.inventory.bom != command.bom:
        return ()
    if image.open_scan is not None:
        return assessment(image, _of_scan(image.open_scan.id, command))
    last, version = image.assessment, command.advisories_version
    if last is not None and version <= last.advisories_version:
        return ()
    requested = e.ScanRequested(
        scan=scan_id(image_stream(image.name), image.scans + 1),
        reason=e.ScanReason.ADVISORIES,
        priority=e.Priority.RESCAN,
        advisories=version,
    )
    return requested, completed(_of_scan(requested.scan, command))


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


def completed(command: c.RecordAssessment) -> e.ScanCompleted:
    """The assessment as a fact."""
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


def apply_rules(image: Image, command: c.ApplyRules) -> Sequence[e.ImageEvent]:
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
