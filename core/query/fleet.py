"""Answers across images: who has a CVE or a package, the summary."""

from collections.abc import Mapping
from typing import Protocol

from core.advisories.exploitation import Exploitations
from core.domain.findings import Exploitation
from core.domain.values import Health
from core.errors import InvalidInput
from core.projections.cells import instant, text
from core.projections.findings import index_key
from core.projections.totals import SEVERITIES, TOTALS
from core.query.parameters import AS_OF, Parameters, known
from core.query.shapes import Json, exploitation_of
from core.query.shards import from_shards
from core.query.standing import Standings
from core.scanning.stale import Counted, StaleCounts
from core.storage.interface import Cells, Rows


class Exploited(Protocol):
    """Who knows what is exploited; see `core/scanning/exploited.py`."""

    async def now(self) -> Exploitations | None:
        """What is known now."""


class FindingQueries:
    """Which images have a vulnerability, or a package that has one."""

    def __init__(self, findings: Rows, shards: int, exploited: Exploited) -> None:
        self._findings = findings
        self._shards = shards
        self._exploited = exploited

    async def page(self, given: Mapping[str, str]) -> Json:
        """A page of findings, by exactly one of `cve` and `package`, in a stable order;
        of a CVE also what is known of its exploitation."""
        asked = Parameters(given, known=known("cve", "package"))
        cve, package = asked.text("cve"), asked.text("package")
        if (cve is None) == (package is None):
            raise InvalidInput("give either cve or package")
        prefix = index_key("c", _as_published(cve)) if cve else index_key("p", package or "")
        paging = asked.paging()
        rows = await from_shards(
            self._findings, self._shards, prefix, limit=paging.limit + 1, after=paging.token
        )
        page = rows[: paging.limit]
        answer: dict[str, Json] = {"value": [_finding(row.cells) for row in page]}
        if cve is not None:
            answer |= exploitation_of(await self._exploitation(_as_published(cve)))
        if len(rows) > paging.limit:
            answer["continuationToken"] = asked.seal(page[-1].key)
        return answer

    async def _exploitation(self, cve: str) -> Exploitation:
        published = await self._exploited.now()
        return published.of([cve]) if published else Exploitation()


class SummaryQueries:
    """How the fleet is, in numbers."""

    def __init__(self, standings: Standings, stale: StaleCounts) -> None:
        self._standings = standings
        self._stale = stale

    async def summary(self, given: Mapping[str, str]) -> Json:
        """Totals of everything, and by registry. How many are stale was counted a while ago, and
        nobody counted in the past."""
        asked = Parameters(given, known=frozenset({AS_OF}))
        images = self._standings.of(asked).images
        stale = Counted() if asked.moment(AS_OF) else await self._stale.latest()
        shards = self._standings.shards
        rows = await from_shards(images, shards, "t|", limit=10_000, after=None)
        registries: dict[tuple[str, str], dict[str, int]] = {}
        for row in rows:
            place = (text(row.cells, "subscription"), text(row.cells, "registry"))
            _add(registries.setdefault(place, {}), row.cells)
        everything: dict[str, int] = {}
        for total in registries.values():
            _add(everything, total)
        return {
            **_totals(everything),
            "stale": stale.total,
            "staleCountedAt": None if stale.at is None else instant(stale.at),
            "registries": [
                {
                    "subscription": place[0],
                    "registry": place[1],
                    **_totals(total),
                    "stale": stale.of(*place),
                }
                for place, total in sorted(registries.items())
                if total["images"]
            ],
        }


def _as_published(name: str) -> str:
    """CVE ids are upper case; others (GHSA) are not, and are taken as they are written."""
    return name.upper() if name.upper().startswith("CVE-") else name


def _finding(cells: Cells) -> Json:
    return {name: value for name, value in cells.items() if isinstance(value, str)}


def _add(total: dict[str, int], cells: Mapping[str, object]) -> None:
    for name in TOTALS:
        value = cells.get(name, 0)
        total[name] = total.get(name, 0) + (value if isinstance(value, int) else 0)


def _totals(total: Mapping[str, int]) -> dict[str, Json]:
    return {
        "images": total.get("images", 0),
        "health": {health.value: total.get(health.value, 0) for health in Health},
        "findings": {name: total.get(name, 0) for name in SEVERITIES},
        "disabled": {name: total.get(f"disabled_{name}", 0) for name in SEVERITIES},
        "waiting": total.get("waiting", 0),
        "failed": total.get("failed", 0),
    }
