"""Since when a registry's pulls are known, and up to when they were asked for.

A registry whose diagnostic setting is off looks like one from which nobody pulls. The difference is
that nothing at all is told of it: not even of our own pulls. So its pulls are known from the first
row that was ever read of it, and are not known any more once it has been silent for too long.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.log import layout
from core.projections.cells import text
from core.storage.interface import Cell, Put, Row, Rows

SILENCE = timedelta(days=7)
"""How long nothing may be told of a registry before its log counts as switched off."""

_PARTITION = "pulls"
_ASKED = "!asked"
_MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one registry's log."""

    since: datetime
    """From when on, without a gap that would be too long."""
    until: datetime
    """The newest row."""

    def with_row(self, at: datetime) -> "Known":
        """One row more; after too long a silence, knowledge begins anew."""
        if at - self.until > SILENCE:
            return Known(since=at, until=at)
        return Known(since=min(self.since, at), until=max(self.until, at))

    def since_at(self, now: datetime) -> datetime | None:
        """From when on pulls are known, as of now; `None` when they are not any more."""
        return self.since if now - self.until <= SILENCE else None


class PullKnowledge:
    """The rows in which it is kept, one for each registry, and one for all."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def asked_until(self) -> datetime | None:
        """Up to when everything was taken; `None` before the first time."""
        row = await self._rows.get(_PARTITION, _ASKED)
        return None if row is None else layout.moment(text(row.cells, "until"))

    async def registries(self) -> Mapping[str, Known]:
        """What is known, by login server."""
        rows = await self._rows.range(_PARTITION, "", "~", limit=_MANY)
        return {row.key: _known(row) for row in rows if row.key != _ASKED}

    async def record(self, until: datetime, registries: Mapping[str, Known]) -> None:
        """Everything up to then was taken."""
        puts = [Put(name, _cells(one)) for name, one in registries.items()]
        await asyncio.gather(*(self._rows.commit(_PARTITION, [put]) for put in puts))
        await self._rows.commit(_PARTITION, [Put(_ASKED, {"until": layout.stamp(until)})])


def _known(row: Row) -> Known:
    cells = row.cells
    return Known(
        since=layout.moment(text(cells, "since")), until=layout.moment(text(cells, "until"))
    )


def _cells(known: Known) -> Mapping[str, Cell]:
    return {"since": layout.stamp(known.since), "until": layout.stamp(known.until)}
