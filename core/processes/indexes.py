"""An index and its children tell each other: the index who they are, they how they are."""

from collections.abc import Iterable
from dataclasses import replace

from core.domain import events as e
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import AdoptParent, RecordChild
from core.domain.image.state import Image
from core.domain.recorded import Recorded
from core.domain.values import ImageName
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.processes.states import ImageStates


class IndexProcess:
    """Follows indexes that were read, and verdicts on their children."""

    name = "indexes"

    def __init__(self, log: EventLog, images: ImageStates, dispatch: Dispatch) -> None:
        self._log = log
        self._images = images
        self._dispatch = dispatch

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        match recorded.event:
            case e.IndexRead(children=children):
                adopted = await self._adopt(recorded, children, cause)
                return adopted | await self._tell_parents(recorded, cause) or None
            case (
                e.ScanCompleted()
                | e.ImageNotApplicable()
                | e.ImageDeleted()
                | e.ParentFound()
                | e.ChildAssessed()
                | e.RulesApplied()
            ):
                return await self._tell_parents(recorded, cause) or None
            case _:
                return None

    async def _adopt(
        self, recorded: Recorded, children: Iterable[e.Child], cause: Cause
    ) -> set[int]:
        index = await self._images.behind(recorded)
        if index.name is None or index.children is None:
            return set()  # deleted since; when it is back, and read, it asks anew
        touched: set[int] = set()
        for child in children:
            name = replace(index.name, digest=child.digest)
            command = AdoptParent(
                parent=index.name.digest,
                image=name,
                subscription=index.subscription,
                media_type=child.media_type,
                pushed_at=max(index.pushes.values(), default=recorded.at),
            )
            handled = await handle(
                self._log, IMAGE, image_stream(name), command, _part(cause, child.digest)
            )
            await self._dispatch.waiting(handled.state)
            touched.add(handled.shard)
        return touched

    async def _tell_parents(self, recorded: Recorded, cause: Cause) -> set[int]:
        child = await self._images.behind(recorded)
        if child.name is None:
            return set()
        return {
            await self._tell(child, replace(child.name, digest=parent), recorded, cause)
            for parent in child.parents
        }

    async def _tell(self, child: Image, parent: ImageName, recorded: Recorded, cause: Cause) -> int:
        assert child.name is not None  # noqa: S101 - its caller has looked
        command = RecordChild(
            child=child.name.digest,
            health=child.health,
            counts=child.counts,
            disabled=child.disabled,
            position=recorded.position,
        )
        stream = image_stream(parent)
        handled = await handle(self._log, IMAGE, stream, command, _part(cause, parent.digest))
        return handled.shard


def _part(cause: Cause, part: str) -> Cause:
    """One of several commands that follow from one event."""
    return replace(cause, command=command_id(cause.command, part))
