"""Which reports an image still waits for: late is fine, deleted or newer is not.

A digest names the same bytes for ever, so what an attempt brings is no less true when it comes
after the attempt, or its whole scan, was given up. It is then taken for the scan that is the
latest by that time, once and whole, and never in place of anything that was read later.
"""

from core.domain.ids import scan_ordinal
from core.domain.image.state import Image, Scan, Stage
from core.domain.values import ScanId

MAX_ATTEMPTS = 3
"""Attempts at one scan before it is given up."""

_AWAITING = (Stage.WAITING, Stage.RUNNING, Stage.FAILED)
"""Stages of a scan that a report, even a late one, still brings further."""


def awaited(image: Image, scan: ScanId, attempt: int) -> bool:
    """Whether that attempt at the latest scan is still wanted. Attempt 0 is no attempt: what it
    brings was known of the digest already."""
    latest = image.scan
    return (
        latest is not None
        and latest.id == scan
        and 0 <= attempt <= latest.attempt
        and latest.stage in _AWAITING
    )


def served(image: Image, scan: ScanId, attempt: int) -> tuple[ScanId, int] | None:
    """The scan and the attempt for which an inventory that was taken in that attempt counts;
    `None` when it is refused. One of an earlier scan was known, as it were, before the latest."""
    if awaited(image, scan, attempt):
        return scan, attempt
    latest = image.scan
    if latest is None or latest.stage not in _AWAITING or not 1 <= attempt <= MAX_ATTEMPTS:
        return None
    return (latest.id, 0) if _newest(image, latest, scan) else None


def _newest(image: Image, latest: Scan, scan: ScanId) -> bool:
    """Whether an earlier scan of this image is later than the one of its inventory."""
    if image.not_applicable is not None or image.children is not None:
        return False
    known = scan_ordinal(image.inventory.scan) if image.inventory is not None else 0
    return known < scan_ordinal(scan) < scan_ordinal(latest.id)
