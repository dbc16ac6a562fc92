"""An index and its children tell each other: the index who they are, they how they are.

An index may have hundreds of children, and all their verdicts change one stream. So what a shard's
tail says of many of them is told to their index at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import batched

from core.domain import events as e
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE, Command
from core.domain.image.commands import AdoptParent, RecordChildren
from core.domain.image.state import ChildVerdict, Image
from core.domain.recorded import Recorded
from core.domain.values import ImageName
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.processes.states import ImageStates

AT_ONCE = 40
"""Verdicts in one command: each is an event, and a transaction holds 48."""
STARTED = 32
"""Adopted children that a message is sent for: a sandbox that ends starts the next that waits."""


class IndexProcess:
    """Follows indexes that were read, and verdicts on their children."""

    name = "indexes"

    def __init__(self, log: EventLog, images: ImageStates, dispatch: Dispatch) -> None:
        self._log = log
        self._images = images
        self._dispatch = dispatch

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        return await self.react_together([(recorded, cause)])

    async def react_together(
        self, events: Sequence[tuple[Recorded, Cause]]
    ) -> Iterable[int] | None:
        touched: set[int] = set()
        for recorded, cause in events:
            if isinstance(recorded.event, e.IndexRead):
                touched |= await self._adopt(recorded, recorded.event.children, cause)
        verdicts = [one for one in events if _is_verdict(one[0].event)]
        return touched | await self._tell_parents(verdicts) or None

    async def _adopt(
        self, recorded: Recorded, children: Iterable[e.Child], cause: Cause
    ) -> set[int]:
        index = await self._images.behind(recorded)
        if index.name is None or index.children is None:
            return set()  # deleted since; when it is back, and read, it asks anew
        asked = [_adoption(index, index.name, child, recorded, cause) for child in children]
        adopted = await handle_many(self._log, IMAGE, asked)
        waiting = [one.state for one in adopted if one.state.open_scan is not None]
        for child in waiting[:STARTED]:
            await self._dispatch.waiting(child)
        return {one.shard for one in adopted}

    async def _tell_parents(self, events: Iterable[tuple[Recorded, Cause]]) -> set[int]:
        """Each child says how it is by now; so the last of its events speaks for all of them."""
        last = {recorded.stream: (recorded, cause) for recorded, cause in events}
        told: defaultdict[ImageName, list[_Told]] = defaultdict(list)
        for recorded, cause in last.values():
            child = await self._images.behind(recorded)
            if child.name is not None:
                one = _Told(child=child.name.digest, verdict=_verdict(child, recorded), cause=cause)
                for parent in child.parents:
                    told[replace(child.name, digest=parent)].append(one)
        asked = [
            _telling(parent, some)
            for parent, verdicts in told.items()
            for some in batched(verdicts, AT_ONCE, strict=False)
        ]
        return {one.shard for one in await handle_many(self._log, IMAGE, asked)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """How a child is, and because of which of its events that is told."""

    child: str
    verdict: ChildVerdict
    cause: Cause


def _is_verdict(event: e.Event) -> bool:
    """Whether an image may be other than it was to its indexes."""
    return isinstance(
        event,
        e.IndexRead
        | e.ScanCompleted
        | e.ImageNotApplicable
        | e.ImageDeleted
        | e.ParentFound
        | e.ChildAssessed
        | e.RulesApplied,
    )


def _verdict(child: Image, recorded: Recorded) -> ChildVerdict:
    return ChildVerdict(
        health=child.health,
        counts=child.counts,
        disabled=child.disabled,
        position=recorded.position,
    )


def _adoption(
    index: Image, parent: ImageName, child: e.Child, recorded: Recorded, cause: Cause
) -> Asked[Command]:
    name = replace(parent, digest=child.digest)
    command = AdoptParent(
        parent=parent.digest,
        image=name,
        subscription=index.subscription,
        media_type=child.media_type,
        pushed_at=max(index.pushes.values(), default=recorded.at),
    )
    part = replace(cause, command=command_id(cause.command, child.digest))
    return Asked(stream=image_stream(name), command=command, cause=part)


def _telling(parent: ImageName, told: Sequence[_Told]) -> Asked[Command]:
    """One command, named by all that it tells: after an interruption the same events may be told
    in other company."""
    parts = (one.cause.command for one in told)
    cause = replace(told[-1].cause, command=command_id(parent.digest, *parts))
    verdicts = {one.child: one.verdict for one in told}
    return Asked(
        stream=image_stream(parent), command=RecordChildren(verdicts=verdicts), cause=cause
    )
