"""A request for a scan that was accepted, as the JSON that whoever asked gets."""

from core.answers.images import RequestedScan, ScanAccepted
from core.scanning.requests import Accepted


def accepted(asked: Accepted) -> ScanAccepted:
    """Which scan answers the request, and how far it is."""
    scan = asked.scan
    return ScanAccepted(
        scan=RequestedScan(
            id=scan.id,
            stage=scan.stage,
            reason=scan.reason,
            priority=scan.priority,
            attempt=scan.attempt,
        ),
        news=asked.news,
    )
