"""What follows from matching a known inventory: an assessment, and the rules that apply to it.

Advisories and rules never grow older: what was made with older ones changes nothing.
"""

from collections.abc import Sequence

from core.domain import events as e
from core.domain.ids import image_stream, scan_id
from core.domain.image import commands as c
from core.domain.image.state import Image, Stage
from core.domain.values import ScanId


def assessment(image: Image, of: ScanId, matched: c.Matched) -> Sequence[e.ImageEvent]:
    """The end of the open scan, by advisories that are no older than the last ones."""
    scan = image.open_scan
    if scan is None or scan.id != of or image.inventory is None:
        return ()
    if scan.stage is Stage.RUNNING or matched.advisories_version < image.advisories_version:
        return ()
    last = image.assessment
    if last and last.scan == scan.id and matched.advisories_version == last.advisories_version:
        return ()
    return (completed(scan.id, matched),)


def reassess(image: Image, command: c.Reassess) -> Sequence[e.ImageEvent]:
    """The end of the open scan, or a scan of its own, asked for and completed at once."""
    if image.name is None or image.inventory is None or image.inventory.bom != command.bom:
        return ()
    if image.open_scan is not None:
        return assessment(image, image.open_scan.id, command)
    last, version = image.assessment, command.advisories_version
    if last is not None and version <= last.advisories_version:
        return ()
    requested = e.ScanRequested(
        scan=scan_id(image_stream(image.name), image.scans + 1),
        reason=e.ScanReason.ADVISORIES,
        priority=e.Priority.RESCAN,
        advisories=version,
    )
    return requested, completed(requested.scan, command)


def completed(scan: ScanId, matched: c.Matched) -> e.ScanCompleted:
    """The end of a scan, as a fact."""
    return e.ScanCompleted(
        scan=scan,
        findings=matched.findings,
        counts=matched.counts,
        patchable=matched.patchable,
        uncompared=matched.uncompared,
        advisories=matched.advisories,
        advisories_version=matched.advisories_version,
        disabled=matched.disabled,
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
