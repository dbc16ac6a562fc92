"""Takes what registries' logs tell of pulls into the log: one a day and image at most.

Rows come late, twice and in any order, so what lies behind is asked for again each time, for longer
than rows are known to be late; the image's decider knows what is no news. Only when everything up
to a moment is recorded is that written down, so a run that dies is simply begun again. Our own
pulls are no sign that somebody uses an image.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from core.counters import Counters
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE, Command
from core.domain.image.commands import RecordPull
from core.domain.values import ImageName
from core.enrolment.enrolment import Enrolled, Enrolment
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.pulls.knowledge import Known, PullKnowledge
from core.registry.activity import Activity, ActivityLog, Operation, Unreadable
from core.registry.transport import USER_AGENT

LATE = timedelta(hours=6)
"""How long after it happened a row may still come."""
FIRST = timedelta(days=30)
"""How far back is asked the first time: as long as workspaces keep rows by default."""
SLICE = timedelta(days=1)
"""How much is taken at a time."""
AHEAD = timedelta(hours=1)
"""A row may come from a clock that is ahead of ours; from no more than this."""

_EVERYTHING = frozenset(Operation)
"""All operations are asked for: any of them shows that the registry's log is kept."""


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What a slice of the log told."""

    pulls: dict[ImageName, date] = field(default_factory=dict)
    """The last day on which an image was pulled."""
    registries: dict[str, Known]


class Pulls:
    """Looks for pulls."""

    def __init__(
        self,
        log: EventLog,
        activities: ActivityLog,
        knowledge: PullKnowledge,
        enrolment: Enrolment,
        dispatch: Dispatch,
        counters: Counters,
        *,
        own: frozenset[str] = frozenset(),
    ) -> None:
        """`own` are the identities by which our own sandboxes pull."""
        self._log = log
        self._activities = activities
        self._knowledge = knowledge
        self._enrolment = enrolment
        self._dispatch = dispatch
        self._counters = counters
        self._own = {one.lower() for one in own}
        self._told: dict[ImageName, date] = {}
        """What this process has recorded of late: it is not asked of the log again."""
        self._turn = asyncio.Lock()

    async def look(self, now: datetime | None = None) -> None:
        """Take whatever was told since the last look.

        RegistryUnavailable when the registries' log gives no answer: what was taken before stays.
        """
        now = now or datetime.now(UTC)
        async with self._turn:
            asked = await self._knowledge.asked_until()
            since = now - FIRST if asked is None else max(asked - LATE, now - FIRST)
            while since < now + AHEAD:
                until = min(since + SLICE, now + AHEAD)
                await self._take(since, until, min(until, now))
                since = until

    async def _take(self, since: datetime, until: datetime, settled: datetime) -> None:
        """Take one slice of the log, and write down that it was taken."""
        taken = _Taken(registries=dict(await self._knowledge.registries()))
        async for row in self._activities.between(_EVERYTHING, since, until):
            match row:
                case Activity():
                    enrolled = await self._enrolment.by_resource(row.resource)
                    if isinstance(enrolled, Enrolled):  # else it is gone, or not ours
                        self._note(row, enrolled.endpoint.login_server, taken)
                case Unreadable(reason=reason):
                    self._counters.count("activity-unreadable", reason)
        await self._record(taken.pulls)
        await self._knowledge.record(settled, taken.registries)

    def _note(self, row: Activity, server: str, taken: _Taken) -> None:
        known = taken.registries.get(server, Known(since=row.at, until=row.at))
        taken.registries[server] = known.with_row(row.at)
        if row.operation is not Operation.PULL or self._ours(row):
            return
        if row.digest is None:
            self._counters.count("pull-without-digest", f"{server}/{row.repository}:{row.tag}")
            return
        name = ImageName(registry=server, repository=row.repository, digest=row.digest)
        day = row.at.astimezone(UTC).date()
        taken.pulls[name] = max(day, taken.pulls.get(name, day))

    def _ours(self, row: Activity) -> bool:
        """Whether it was one of our sandboxes: by its identity, and by what it says of itself only
        where no identity is known, since anybody can say that."""
        return row.identity.lower() in self._own if self._own else row.user_agent == USER_AGENT

    async def _record(self, pulls: Mapping[ImageName, date]) -> None:
        """Record each image's last day, where that is not known yet."""
        news = [(name, day) for name, day in pulls.items() if self._told.get(name, date.min) < day]
        asked = [_asked(name, day) for name, day in news]
        all_handled = await handle_many(self._log, IMAGE, asked)
        for (name, day), handled in zip(news, all_handled, strict=True):
            if handled.state.present:  # else it may become known yet
                self._told[name] = day
        for shard in sorted({handled.shard for handled in all_handled if handled.events}):
            await self._dispatch.news(shard)


def _asked(name: ImageName, day: date) -> Asked[Command]:
    stream = image_stream(name)
    cause = Cause(
        command=command_id("pull", stream, day),
        correlation=f"pulls of {day}",
        causation=f"pulls of {day}",
    )
    return Asked(stream=stream, command=RecordPull(day=day), cause=cause)
