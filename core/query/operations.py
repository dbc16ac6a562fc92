"""What waits and what runs: the numbers by which an operator sees that nothing is stuck."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from core.answers.operations import (
    Backlog,
    OperationsStanding,
    PullsStanding,
    QueueStanding,
    SlotsStanding,
    TakenSlot,
)
from core.projections.cells import instant
from core.pulls.knowledge import PullKnowledge
from core.query.dead_letters import GivenUp
from core.query.parameters import Parameters
from core.scanning.slots import Claim, Slots
from core.scanning.waiting import Queue, Waiting


class Operations:
    """Answers about the work under way."""

    def __init__(
        self, waiting: Waiting, slots: Slots, knowledge: PullKnowledge, given_up: GivenUp
    ) -> None:
        self._waiting = waiting
        self._slots = slots
        self._knowledge = knowledge
        self._given_up = given_up

    async def now(self, given: Mapping[str, str]) -> OperationsStanding:
        """The queues and how old they are, the slots and who has them."""
        Parameters(given, known=frozenset())
        now = datetime.now(UTC)
        backlog, taken, overdue, notices, dead_letters, pulls = await asyncio.gather(
            self._backlog(now),
            self._slots.taken(),
            self._waiting.overdue(now),
            self._given_up.waiting(),
            self._given_up.count(),
            self._pulls(now),
        )
        return OperationsStanding(
            backlog=backlog,
            slots=_slots(self._slots, taken, now),
            overdue=len(overdue),
            notices=notices,
            dead_letters=dead_letters,
            pulls=pulls,
        )

    async def _backlog(self, now: datetime) -> Backlog:
        """What waits for a sandbox, and for advisories."""
        queues, inventoried = await asyncio.gather(
            self._waiting.queues(), self._waiting.inventoried()
        )
        told = {one.value: _queue(queue, now) for one, queue in queues.items()}
        return Backlog(**told, inventoried=inventoried)

    async def _pulls(self, now: datetime) -> PullsStanding:
        """Up to when pulls were asked for, and from when on they are known of which registry."""
        asked = await self._knowledge.asked_until()
        registries = await self._knowledge.registries()
        since = {name: known.since_at(now) for name, known in sorted(registries.items())}
        return PullsStanding(
            asked_until=None if asked is None else instant(asked),
            known_since={name: None if at is None else instant(at) for name, at in since.items()},
        )


def _queue(queue: Queue, now: datetime) -> QueueStanding:
    oldest = queue.oldest
    return QueueStanding(
        waiting=queue.length,
        oldest=None if oldest is None else instant(oldest),
        seconds=None if oldest is None else _seconds(oldest, now),
    )


def _slots(slots: Slots, taken: Sequence[Claim], now: datetime) -> SlotsStanding:
    return SlotsStanding(
        total=slots.total,
        reserved_for_pushes=slots.reserved,
        taken=[
            TakenSlot(scan=one.scan, attempt=one.attempt, seconds=_seconds(one.since, now))
            for one in taken
        ],
    )


def _seconds(since: datetime, now: datetime) -> int:
    """An age in whole seconds; none is negative, whatever clocks say."""
    return max(0, int((now - since).total_seconds()))
