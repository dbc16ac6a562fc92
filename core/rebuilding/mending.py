"""Tries an event again that a follower stumbled over, or gives it up.

Who did it and why is recorded first; what follows is done again by whoever asks again. Giving an
event up is nothing but a fact: followers ask for it when they stumble, in a rebuild as well.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.ids import command_id, upkeep_stream
from core.domain.upkeep import UPKEEP, RetryEvent, SkipEvent
from core.errors import Contended, NotNow, RowConflict
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.projections.interface import Projection
from core.projections.runner import Runner
from core.projections.views import Views
from core.rebuilding.asking import utc_now
from core.rebuilding.standing import Followers, ShardStanding

_TRIES = 10
"""Times that a rival may be quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An event, and who stumbled over it."""

    follower: str
    shard: int
    position: int


@dataclass(slots=True, kw_only=True)
class Mended:
    """What came of it."""

    done: list[int] = field(default_factory=list)
    """Positions of the events that are out of the way now: parked ones of the stream, in order."""
    waits: int | None = None
    """Position of the event that still stands in the way, if one does."""
    error: str = ""


class Mending:
    """Retries and skips what is parked or halted."""

    def __init__(
        self,
        log: EventLog,
        views: Views,
        runner: Runner,
        followers: Followers,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._log = log
        self._views = views
        self._runner = runner
        self._followers = followers
        self._now = now

    async def retry(self, place: Place, *, by: str, reason: str) -> Mended:
        """Try the event again, and what waits behind it. NotNow when nothing is wrong with it."""
        at = await self._stumbled(place)
        command = RetryEvent(
            follower=place.follower,
            shard=place.shard,
            position=place.position,
            by=by,
            reason=reason,
            at=self._now(),
        )
        await self._record(place, command, command.at)
        return await self._go_on(place, at)

    async def skip(self, place: Place, *, by: str, reason: str) -> Mended:
        """Give the event up, and apply what waits behind it. NotNow when nothing is wrong."""
        at = await self._stumbled(place)
        command = SkipEvent(
            follower=place.follower,
            shard=place.shard,
            position=place.position,
            by=by,
            reason=reason,
        )
        await self._record(place, command, "skip")
        return await self._go_on(place, at)

    async def _stumbled(self, place: Place) -> ShardStanding:
        """How the follower stands; NotNow unless it has stumbled over that very event."""
        standing = await self._followers.one(place.follower)
        at = standing.shards[place.shard] if standing else None
        if at is None:
            raise NotNow(f"there is no view or process manager {place.follower}")
        halted = place.position == at.position + 1 and at.halted != ""
        if not halted and place.position not in {one.position for one in at.parked}:
            raise NotNow(
                f"{place.follower} has neither parked the event at {place.shard}.{place.position}"
                " nor halted there"
            )
        return at

    async def _record(self, place: Place, command: RetryEvent | SkipEvent, once: object) -> None:
        name = (self._log.generation, place.follower, place.shard, place.position, once)
        cause = Cause(command=command_id("upkeep", *name), correlation="", causation="")
        await handle(self._log, UPKEEP, upkeep_stream(place.follower), command, cause)

    async def _go_on(self, place: Place, at: ShardStanding) -> Mended:
        streams = {one.position: one.stream for one in at.parked}
        projection = self._views.all.get(place.follower)
        if projection is not None and place.position in streams:
            waiting = [one for one, stream in streams.items() if stream == streams[place.position]]
            return await self._replay(projection, place.shard, sorted(waiting))
        return await self._pass(place)

    async def _replay(self, projection: Projection, shard: int, positions: Sequence[int]) -> Mended:
        """Apply a stream's parked events in order, as far as they can be."""
        mended = Mended()
        for position in positions:
            error = await self._replay_one(projection, shard, position)
            if error is not None:
                mended.waits, mended.error = position, error
                break
            mended.done.append(position)
        return mended

    async def _replay_one(self, projection: Projection, shard: int, position: int) -> str | None:
        (recorded,) = await self._log.read(shard, after=position - 1, limit=1)
        view = self._views.live(projection)
        for _ in range(_TRIES):
            with suppress(RowConflict):  # the view goes on meanwhile
                return await view.replay(recorded)
        raise Contended(f"{projection.name} was changed by others {_TRIES} times in a row")

    async def _pass(self, place: Place) -> Mended:
        """Have a halted follower go on, if it can."""
        with suppress(ExceptionGroup):  # how it stands afterwards says all
            await self._runner.look_into(place.shard)
        standing = await self._followers.one(place.follower)
        assert standing is not None  # noqa: S101 - it was there before
        at = standing.shards[place.shard]
        if at.position < place.position:
            return Mended(waits=place.position, error=at.halted)
        return Mended(done=[place.position])
