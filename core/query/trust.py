"""How far a verdict can be trusted at a moment, from what an image's row shows and what is known.

A row changes with events only, and time is none; so whether an image is stale, or due for a rescan,
is said when somebody asks: `core/domain/schedule.py` holds the rules.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.domain.ids import StreamId
from core.domain.schedule import Policies, Use, Verdict, due, freshness
from core.domain.values import Freshness
from core.log import layout
from core.projections.cells import text
from core.pulls.knowledge import Known, PullKnowledge
from core.query.coverage import Coverage
from core.sandbox.cataloger import Cataloger
from core.storage.interface import Cells

FRESH = timedelta(seconds=5)
"""How long what is known of pulls is used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is known at a moment."""

    now: datetime
    policies: Policies
    cataloger: Cataloger
    pulls: Mapping[str, Known]
    """Of which registries pulls are known, by login server."""
    coverage: Coverage

    def freshness(self, shard: int, cells: Cells) -> Freshness:
        """How far the verdict on an image can be trusted."""
        policy = self.policies.of(text(cells, "registry"), text(cells, "repository"))
        return freshness(self._verdict(shard, cells), self._use(cells), policy, self.now)

    def due(self, stream: StreamId, shard: int, cells: Cells) -> bool:
        """Whether the image is to be rescanned."""
        policy = self.policies.of(text(cells, "registry"), text(cells, "repository"))
        verdict = self._verdict(shard, cells)
        return due(stream, verdict, self._use(cells), policy, self.now)

    def pulls_known_since(self, registry: str) -> datetime | None:
        """From when on the registry's pulls are known; `None` where they are not."""
        known = self.pulls.get(registry)
        return None if known is None else known.since_at(self.now)

    def _use(self, cells: Cells) -> Use:
        pulled_on = text(cells, "pulled_on")
        return Use(
            pushed_at=layout.moment(text(cells, "pushed_at")),
            pulled_on=date.fromisoformat(pulled_on) if pulled_on else None,
            pulls_known_since=self.pulls_known_since(text(cells, "registry")),
        )

    def _verdict(self, shard: int, cells: Cells) -> Verdict:
        """A scan that failed, or another cataloger, is not made good by the fleet's assessment: it
        matches the inventory that is there."""
        own, completed_at = Freshness(text(cells, "freshness")), text(cells, "completed_at")
        matched = own is Freshness.CURRENT and self.cataloger.took(text(cells, "cataloger"))
        index = "children" in cells
        return Verdict(
            freshness=own,
            settled="cause" in cells,
            assessed_at=layout.moment(completed_at) if completed_at and not index else None,
            held_at=self.coverage.held_at(shard, cells) if matched else None,
        )


class Trusts:
    """Looks at what is known, not more often than every few seconds."""

    def __init__(self, knowledge: PullKnowledge, policies: Policies, cataloger: Cataloger) -> None:
        self._knowledge = knowledge
        self._policies = policies
        self._cataloger = cataloger
        self._pulls: Mapping[str, Known] = {}
        self._looked: datetime | None = None
        self._turn = asyncio.Lock()

    async def at(self, now: datetime, coverage: Coverage) -> Trust:
        """What is known at that moment, over that coverage."""
        async with self._turn:
            if self._looked is None or abs(now - self._looked) > FRESH:
                self._pulls = await self._knowledge.registries()
                self._looked = now
        return Trust(
            now=now,
            policies=self._policies,
            cataloger=self._cataloger,
            pulls=self._pulls,
            coverage=coverage,
        )
