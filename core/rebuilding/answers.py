"""What administrators ask, and the answers as JSON."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec.structs import replace

from core.answers.operations import (
    ActiveTable,
    Cancelled,
    Comparison,
    Folded,
    FollowersStanding,
    FollowerStanding,
    Halted,
    MendedEvents,
    ParkedEvent,
    Position,
    RebuildStanding,
    Replaced,
    RowDifference,
    StillWaiting,
)
from core.errors import InvalidInput
from core.projections.active import Active
from core.projections.cells import instant
from core.projections.interface import Projection
from core.projections.views import Views
from core.query.parameters import Parameters
from core.rebuilding.mending import Mended, Mending, Place
from core.rebuilding.rebuilder import Rebuilder
from core.rebuilding.standing import Followers, ShardStanding, Standing
from core.rebuilding.state import Rebuild, Report

type _Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a rebuild, or of calling one off."""

    reason: _Reason


class Which(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a retry or a skip."""

    shard: Annotated[int, msgspec.Meta(ge=0)]
    position: Annotated[int, msgspec.Meta(ge=1)]
    reason: _Reason


class Management:
    """Answers to administrators. Methods give `None` where there is nothing of that name."""

    def __init__(
        self,
        views: Views,
        followers: Followers,
        rebuilder: Rebuilder,
        mending: Mending,
        shards: int,
    ) -> None:
        self._views = views
        self._followers = followers
        self._rebuilder = rebuilder
        self._mending = mending
        self._shards = shards

    async def all(self, given: Mapping[str, str]) -> FollowersStanding:
        """Every view and process manager."""
        Parameters(given, known=frozenset())
        return FollowersStanding(value=[_shown(one) for one in await self._followers.all()])

    async def one(self, name: str, given: Mapping[str, str]) -> FollowerStanding | None:
        """One of them."""
        Parameters(given, known=frozenset())
        standing = await self._followers.one(name)
        return None if standing is None else _shown(standing)

    async def rebuild(self, name: str, body: bytes, by: str) -> RebuildStanding | None:
        """Have a view made anew. NotNow while it is."""
        projection = self._view(name)
        if projection is None:
            return None
        reason = _printable(_read(body, Why).reason)
        return _rebuild(await self._rebuilder.ask(projection, by=by, reason=reason), ())

    async def cancel(self, name: str, body: bytes, by: str) -> RebuildStanding | None:
        """Call a view's rebuild off. NotNow where nothing can be called off."""
        projection = self._view(name)
        if projection is None:
            return None
        reason = _printable(_read(body, Why).reason)
        return _rebuild(await self._rebuilder.cancel(projection, by=by, reason=reason), ())

    async def progress(self, name: str, given: Mapping[str, str]) -> RebuildStanding | None:
        """How the last rebuild of a view stands."""
        Parameters(given, known=frozenset())
        standing = await self._followers.one(name)
        if standing is None or standing.view is None or standing.view.rebuild is None:
            return None
        return _rebuild(standing.view.rebuild, standing.view.progress)

    async def retry(self, name: str, body: bytes, by: str) -> MendedEvents | None:
        """Try a parked or halted event again."""
        which = _read(body, Which)
        place = self._place(name, which)
        if place is None:
            return None
        return _mended(await self._mending.retry(place, by=by, reason=_printable(which.reason)))

    async def skip(self, name: str, body: bytes, by: str) -> MendedEvents | None:
        """Give a parked or halted event up."""
        which = _read(body, Which)
        place = self._place(name, which)
        if place is None:
            return None
        return _mended(await self._mending.skip(place, by=by, reason=_printable(which.reason)))

    def _view(self, name: str) -> Projection | None:
        """The view of that name. InvalidInput for a process manager."""
        if name in self._followers.processes:
            raise InvalidInput(f"{name} is a process manager: what it did is in the log")
        return self._views.all.get(name)

    def _place(self, name: str, which: Which) -> Place | None:
        if name not in self._views.all and name not in self._followers.processes:
            return None
        if which.shard >= self._shards:
            raise InvalidInput(f"shard must be a number from 0 to {self._shards - 1}")
        return Place(follower=name, shard=which.shard, position=which.position)


def _read[Body](body: bytes, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"the body: {error}") from error


def _printable(reason: str) -> str:
    if not reason.isprintable():
        raise InvalidInput("reason must be printable characters")
    return reason


def _shown(standing: Standing) -> FollowerStanding:
    shown = FollowerStanding(
        name=standing.name,
        kind="process" if standing.view is None else "view",
        lag=standing.lag,
        halted=[_halted(one) for one in standing.shards if one.halted],
        parked=[
            ParkedEvent(
                shard=one.shard,
                position=parked.position,
                stream=parked.stream,
                event=parked.event,
                recorded_at=parked.at,
                error=parked.error,
            )
            for one in standing.shards
            for parked in one.parked
        ],
        shards=[
            Position(shard=at.shard, position=at.position, head=at.head) for at in standing.shards
        ],
    )
    view = standing.view
    if view is None:
        return shown
    return replace(
        shown,
        version=view.version,
        active=_active(view.active),
        rebuild=None if view.rebuild is None else _rebuild(view.rebuild, view.progress),
    )


def _active(active: Active) -> ActiveTable:
    return ActiveTable(table=active.table, version=active.version, generation=active.generation)


def _halted(at: ShardStanding) -> Halted:
    return Halted(shard=at.shard, position=at.position + 1, error=at.halted)


def _rebuild(rebuild: Rebuild, progress: Sequence[ShardStanding]) -> RebuildStanding:
    behind = sum(max(0, at.head - at.position) for at in progress)
    whole = sum(at.head for at in progress)
    return RebuildStanding(
        phase=rebuild.phase.value,
        table=rebuild.table,
        version=rebuild.version,
        generation=rebuild.generation,
        replaces=Replaced(table=rebuild.old_table, version=rebuild.old_version),
        by=rebuild.by,
        reason=rebuild.reason,
        asked_at=instant(rebuild.asked_at),
        moved_at=instant(rebuild.moved_at),
        flipped_at=None if rebuild.flipped_at is None else instant(rebuild.flipped_at),
        cancelled=_cancelled(rebuild),
        error=rebuild.error or None,
        folded=Folded(events=whole - behind, of=whole) if progress else None,
        compared=_report(rebuild.report),
    )


def _cancelled(rebuild: Rebuild) -> Cancelled | None:
    if rebuild.cancelled_at is None:
        return None
    return Cancelled(
        at=instant(rebuild.cancelled_at),
        by=rebuild.cancelled_by,
        reason=rebuild.cancelled_because,
    )


def _report(report: Report) -> Comparison:
    return Comparison(
        shards=report.shards,
        equal=report.equal,
        differing=report.differing,
        lost=report.lost,
        gained=report.gained,
        uneven=report.uneven,
        examples=[
            RowDifference(shard=one.shard, row=one.key, why=one.why) for one in report.examples
        ],
    )


def _mended(mended: Mended) -> MendedEvents:
    still = mended.waits
    return MendedEvents(
        done=tuple(mended.done),
        waits=None if still is None else StillWaiting(position=still, error=mended.error),
    )
