"""Takes a registry's events into the log.

Events come late, twice, and in any order; the image's decider knows what each of them changes. The
messages that follow are sent for a repeated event too, because the process may have died between
the append and the message.
"""

from core.counters import Counters
from core.domain.events import Source
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import Command, RecordDeletion, RecordPush
from core.domain.values import ImageName
from core.enrolment.enrolment import Enrolment, NotEnrolled
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.registry.events import Deleted, Ignored, Parsed, Pushed, Rejected


class Intake:
    """The way in."""

    def __init__(
        self, log: EventLog, dispatch: Dispatch, enrolment: Enrolment, counters: Counters
    ) -> None:
        self._log = log
        self._dispatch = dispatch
        self._enrolment = enrolment
        self._counters = counters

    async def take(self, event: Parsed) -> None:
        """Record what the event says, if it is ours to record; else count why it is not."""
        match event:
            case Pushed() | Deleted():
                await self._record(event)
            case Ignored(reason=reason, type=kind):
                self._counters.count("registry-event-ignored", f"{kind}: {reason}")
            case Rejected(reason=reason):
                self._counters.count("registry-event-rejected", reason)

    async def _record(self, event: Pushed | Deleted) -> None:
        enrolled = await self._enrolment.by_resource(event.resource)
        if isinstance(enrolled, NotEnrolled):
            self._counters.count("registry-not-enrolled", enrolled.reason)
            return
        image = ImageName(
            registry=enrolled.endpoint.login_server,
            repository=event.repository,
            digest=event.digest,
        )
        command = _command(event, image, enrolled.resource.subscription)
        cause = Cause(
            command=command_id("registry-event", type(event).__name__, event.resource, event.id),
            correlation=event.id,
            causation=event.id,
        )
        handled = await handle(self._log, IMAGE, image_stream(image), command, cause)
        await self._dispatch.waiting(handled.state)
        await self._dispatch.news(handled.shard)


def _command(event: Pushed | Deleted, image: ImageName, subscription: str) -> Command:
    match event:
        case Pushed():
            return RecordPush(
                image=image,
                subscription=subscription,
                tag=event.tag,
                media_type=event.media_type,
                size=event.size,
                source=Source.PUSH,
                pushed_at=event.timestamp,
            )
        case Deleted():
            return RecordDeletion(deleted_at=event.timestamp)
