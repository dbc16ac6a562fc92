"""How far the sweep of each registry is: one row for each, so that another process can go on.

A sweep first visits the repositories that are known, then those that the registry lists beside
them. A row says who is at it and until when; whoever dies at it is followed by the next, from the
last repository that was finished.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import RowConflict
from core.log import layout
from core.projections.cells import number, text
from core.registry.references import RegistryResource
from core.storage.interface import Cells, Insert, Replace, Rows, Write

LEASE = timedelta(minutes=5)
"""How long a slice may take before somebody else goes on."""
_PARTITION = "sweeps"


class Phase(StrEnum):
    """Which repositories are being visited."""

    KNOWN = "known"
    LISTED = "listed"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One sweep of one registry."""

    phase: Phase = Phase.DONE
    cursor: str = ""
    """The last repository of the phase that was finished."""
    asked_at: datetime | None = None
    """When the sweep that goes on, or went on last, was begun."""
    finished_at: datetime | None = None
    busy_until: datetime | None = None
    found: int = 0
    """Images and tags that nobody had told of."""
    gone: int = 0
    """Images and tags that the registry had no more."""
    trouble: str = ""
    """Why the last slice broke off; empty when it did not."""

    def due(self, now: datetime, every: timedelta) -> bool:
        """Whether there is something to do: a sweep to go on with, or a new one to begin."""
        if self.phase is not Phase.DONE:
            return True
        return self.asked_at is None or now - self.asked_at >= every


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A sweep that is ours for a while."""

    sweep: Sweep
    etag: str


class Sweeps:
    """The rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def of(self, registry: RegistryResource) -> Sweep:
        """How far it is."""
        row = await self._rows.get(_PARTITION, _key(registry))
        return Sweep() if row is None else _sweep(row.cells)

    async def take(self, registry: RegistryResource, now: datetime) -> Held | None:
        """Make the sweep ours, a new one where the last is done; `None` where somebody is at it."""
        row = await self._rows.get(_PARTITION, _key(registry))
        sweep = Sweep() if row is None else _sweep(row.cells)
        if sweep.busy_until is not None and now < sweep.busy_until:
            return None
        if sweep.phase is Phase.DONE:
            sweep = Sweep(phase=Phase.KNOWN, asked_at=now, finished_at=sweep.finished_at)
        ours = replace(sweep, busy_until=now + LEASE, trouble="")
        return await self._write(registry, ours, None if row is None else row.etag)

    async def keep(self, registry: RegistryResource, held: Held, sweep: Sweep) -> Held | None:
        """Write down how far it is; `None` when it is not ours any more."""
        return await self._write(registry, sweep, held.etag)

    async def break_off(self, registry: RegistryResource, why: str) -> None:
        """Leave word why a slice ended early, and let anybody go on with the sweep."""
        row = await self._rows.get(_PARTITION, _key(registry))
        if row is not None:
            sweep = replace(_sweep(row.cells), trouble=why, busy_until=None)
            await self._write(registry, sweep, row.etag)

    async def _write(
        self, registry: RegistryResource, sweep: Sweep, etag: str | None
    ) -> Held | None:
        key = _key(registry)
        cells = _cells(registry, sweep)
        write: Write = Insert(key, cells) if etag is None else Replace(key, cells, etag)
        try:
            etags = await self._rows.commit(_PARTITION, [write])
        except RowConflict:
            return None
        return Held(sweep=sweep, etag=etags[key])


def _key(registry: RegistryResource) -> str:
    return f"{registry.subscription}|{registry.name}"


def _cells(registry: RegistryResource, sweep: Sweep) -> Cells:
    return {
        "registry": str(registry),
        "phase": sweep.phase,
        "cursor": sweep.cursor,
        "asked_at": _stamp(sweep.asked_at),
        "finished_at": _stamp(sweep.finished_at),
        "busy_until": _stamp(sweep.busy_until),
        "found": sweep.found,
        "gone": sweep.gone,
        "trouble": sweep.trouble[:1000],
    }


def _sweep(cells: Cells) -> Sweep:
    return Sweep(
        phase=Phase(text(cells, "phase")),
        cursor=text(cells, "cursor"),
        asked_at=_moment(cells, "asked_at"),
        finished_at=_moment(cells, "finished_at"),
        busy_until=_moment(cells, "busy_until"),
        found=number(cells, "found"),
        gone=number(cells, "gone"),
        trouble=text(cells, "trouble"),
    )


def _stamp(at: datetime | None) -> str:
    return "" if at is None else layout.stamp(at)


def _moment(cells: Cells, name: str) -> datetime | None:
    value = text(cells, name)
    return layout.moment(value) if value else None
