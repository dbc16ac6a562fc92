"""Somebody asks for a scan: of an image that nothing else is due for, or again after a failure.

A person waits for the answer, so it goes into the queue of pushes. A scan that is open already is
raised to that; one that is asked for twice is one scan. What cannot be scanned is refused with the
reason, which is a value: it is said to people, and nothing went wrong.
"""

from dataclasses import dataclass

from core.domain.events import Priority, ScanReason
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE, Image
from core.domain.image.commands import RequestScan
from core.domain.image.state import Scan
from core.domain.values import ImageName
from core.enrolment.enrolment import Enrolment, NotEnrolled
from core.log.handle import Cause, handle, load_state
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The scan that was asked for is on its way."""

    scan: Scan
    news: bool
    """Whether this very request asked for it, or made it more urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """There will be no scan."""

    reason: str
    """One sentence for whoever asked: why, and what helps."""


class ScanRequests:
    """Takes requests for scans."""

    def __init__(self, log: EventLog, dispatch: Dispatch, enrolment: Enrolment) -> None:
        self._log = log
        self._dispatch = dispatch
        self._enrolment = enrolment

    async def ask(self, name: ImageName, *, by: str) -> Accepted | Refused | None:
        """Ask for a scan of that image; `None` where nothing is known of it."""
        stream = image_stream(name)
        known = await load_state(self._log, IMAGE, stream)
        if known.state.name is None:
            return None
        if reason := await self._obstacle(name, known.state):
            return Refused(reason=reason)
        kind = "new" if known.state.open_scan is None else "raise"
        cause = Cause(
            command=command_id("scan-request", stream, known.state.scans, kind),
            correlation=f"request by {by}",
            causation=f"request by {by}",
        )
        command = RequestScan(
            reason=ScanReason.REQUEST, priority=Priority.PUSH, advisories=0, by=by
        )
        handled = await handle(self._log, IMAGE, stream, command, cause, known=known)
        await self._dispatch.waiting(handled.state)
        await self._dispatch.news(handled.shard)
        scan = handled.state.scan
        if scan is None:
            return Refused(reason=_GONE)
        return Accepted(scan=scan, news=bool(handled.events))

    async def _obstacle(self, name: ImageName, image: Image) -> str | None:
        """Why this image cannot be scanned."""
        enrolled = await self._enrolment.by_login_server(name.registry)
        if isinstance(enrolled, NotEnrolled):
            return f"The registry is not enrolled: {enrolled.reason}"
        if not image.present:
            return _GONE
        if image.children is not None:
            return "It is an index: it has the verdicts of its children. Ask for a scan of those."
        if image.not_applicable is not None:
            cause = image.not_applicable
            return f"There is nothing to scan in it ({cause}), and its content never changes."
        return None


_GONE = "It was deleted from its registry. A push brings it back, and scans it."
