"""How far a verdict can be trusted at a moment, from what an image's row shows and what is known.

A row changes with events only, and time is none; so whether an image is stale, or due for a rescan,
is said when somebody asks: `core/domain/schedule.py` holds the rules.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.domain.ids import StreamId
from core.domain.schedule import Policies, Policy, Use, Verdict, due, freshness, stale_cause
from core.domain.values import Freshness, Health
from core.enrolment.care import Care, Caring
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
    care: Care
    """Which registries are looked after."""

    def freshness(self, shard: int, cells: Cells) -> Freshness:
        """How far the verdict on an image can be trusted."""
        return freshness(
            self._verdict(shard, cells), self._use(cells), self._policy(cells), self.now
        )

    def freshness_cause(self, shard: int, cells: Cells) -> str | None:
        """Why it cannot be trusted: what its last scan failed of, or why the verdict is stale."""
        verdict = self._verdict(shard, cells)
        if verdict.freshness is Freshness.FAILED:
            return text(cells, "failure")
        return stale_cause(verdict, self._use(cells), self._policy(cells), self.now)

    def due(self, stream: StreamId, shard: int, cells: Cells) -> bool:
        """Whether the image is to be rescanned."""
        verdict = self._verdict(shard, cells)
        return due(stream, verdict, self._use(cells), self._policy(cells), self.now)

    def pulls_known_since(self, registry: str) -> datetime | None:
        """From when on the registry's pulls are known; `None` where they are not."""
        known = self.pulls.get(registry)
        return None if known is None else known.since_at(self.now)

    def _policy(self, cells: Cells) -> Policy:
        return self.policies.of(text(cells, "registry"), text(cells, "repository"))

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
            settled=text(cells, "health") == Health.NOT_APPLICABLE,
            assessed_at=layout.moment(completed_at) if completed_at and not index else None,
            held_at=self.coverage.held_at(shard, cells) if matched else None,
            neglect=self.care.neglect(text(cells, "registry")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What was known when somebody looked."""

    at: datetime
    pulls: Mapping[str, Known]
    care: Care


class Trusts:
    """Looks at what is known, not more often than every few seconds."""

    def __init__(
        self, knowledge: PullKnowledge, policies: Policies, cataloger: Cataloger, caring: Caring
    ) -> None:
        self._knowledge = knowledge
        self._policies = policies
        self._cataloger = cataloger
        self._caring = caring
        self._looked: _Looked | None = None
        self._turn = asyncio.Lock()

    async def at(self, now: datetime, coverage: Coverage) -> Trust:
        """What is known now, over that coverage; `now` is what the time is."""
        looked = await self._look(now)
        return self._trust(now, coverage, looked, looked.care)

    async def past(self, moment: datetime, coverage: Coverage) -> Trust:
        """What was known at a moment of the past, over that coverage. Pulls have their days, so
        what is known of them now is known of then."""
        looked = await self._look(moment)
        return self._trust(moment, coverage, looked, await self._caring.at(moment))

    async def _look(self, now: datetime) -> _Looked:
        async with self._turn:
            if self._looked is None or abs(now - self._looked.at) > FRESH:
                self._looked = _Looked(
                    at=now,
                    pulls=await self._knowledge.registries(),
                    care=await self._caring.now(),
                )
            return self._looked

    def _trust(self, now: datetime, coverage: Coverage, looked: _Looked, care: Care) -> Trust:
        return Trust(
            now=now,
            policies=self._policies,
            cataloger=self._cataloger,
            pulls=looked.pulls,
            coverage=coverage,
            care=care,
        )
