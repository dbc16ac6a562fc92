"""Answers across images: who has a CVE or a package, the ledger, the summary."""

import asyncio
from collections.abc import Mapping

from core.domain.values import Health
from core.errors import InvalidInput
from core.log import layout
from core.projections.billing import month_key
from core.projections.cells import text
from core.projections.findings import index_key
from core.projections.totals import SEVERITIES, TOTALS
from core.query.parameters import AS_OF, Parameters, known
from core.query.shapes import Json
from core.query.standing import Standings
from core.storage.interface import Cells, Row, RowReader, Rows
from core.storage.limits import MAX_KEY


class FindingQueries:
    """Which images have a vulnerability, or a package that has one."""

    def __init__(self, findings: Rows, shards: int) -> None:
        self._findings = findings
        self._shards = shards

    async def page(self, given: Mapping[str, str]) -> Json:
        """A page of findings, by exactly one of `cve` and `package`, in a stable order."""
        asked = Parameters(given, known=known("cve", "package"))
        cve, package = asked.text("cve"), asked.text("package")
        if (cve is None) == (package is None):
            raise InvalidInput("give either cve or package")
        prefix = index_key("c", _as_published(cve)) if cve else index_key("p", package or "")
        paging = asked.paging()
        rows = await _from_shards(
            self._findings, self._shards, prefix, limit=paging.limit + 1, after=paging.token
        )
        page = rows[: paging.limit]
        answer: dict[str, Json] = {"value": [_finding(row.cells) for row in page]}
        if len(rows) > paging.limit:
            answer["continuationToken"] = asked.seal(page[-1].key)
        return answer


class BillingQueries:
    """The ledger."""

    def __init__(self, billing: Rows, shards: int) -> None:
        self._billing = billing
        self._shards = shards

    async def month(self, given: Mapping[str, str]) -> Json:
        """A page of a month's lines, in a stable order."""
        asked = Parameters(given, known=known("month"))
        month, paging = asked.month("month"), asked.paging()
        rows = await _from_shards(
            self._billing,
            self._shards,
            month_key(month),
            limit=paging.limit + 1,
            after=paging.token,
        )
        page = rows[: paging.limit]
        answer: dict[str, Json] = {
            "month": month,
            "value": [_line(row.cells) for row in page],
        }
        if len(rows) > paging.limit:
            answer["continuationToken"] = asked.seal(page[-1].key)
        return answer


class SummaryQueries:
    """How the fleet is, in numbers."""

    def __init__(self, standings: Standings) -> None:
        self._standings = standings

    async def summary(self, given: Mapping[str, str]) -> Json:
        """Totals of everything, and by registry."""
        images = self._standings.of(Parameters(given, known=frozenset({AS_OF}))).images
        shards = self._standings.shards
        rows = await _from_shards(images, shards, "t|", limit=10_000, after=None)
        registries: dict[tuple[str, str], dict[str, int]] = {}
        for row in rows:
            place = (text(row.cells, "subscription"), text(row.cells, "registry"))
            _add(registries.setdefault(place, {}), row.cells)
        everything: dict[str, int] = {}
        for total in registries.values():
            _add(everything, total)
        return {
            **_totals(everything),
            "registries": [
                {"subscription": subscription, "registry": registry, **_totals(total)}
                for (subscription, registry), total in sorted(registries.items())
                if total["images"]
            ],
        }


def _as_published(name: str) -> str:
    """CVE ids are upper case; others (GHSA) are not, and are taken as they are written."""
    return name.upper() if name.upper().startswith("CVE-") else name


async def _from_shards(
    rows: RowReader, shards: int, prefix: str, *, limit: int, after: str | None
) -> list[Row]:
    """The first rows of a prefix, or those behind a key of it, in the order of their keys.

    A key ends in its stream, and a stream lives in one shard: so keys are unique across shards.
    """
    if after is not None and not (after.startswith(prefix) and len(after) <= MAX_KEY):
        raise InvalidInput("continuationToken is not one that was given out")
    first = prefix if after is None else f"{after} "
    last = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    pages = await asyncio.gather(
        *(rows.range(layout.partition(one), first, last, limit=limit) for one in range(shards))
    )
    return sorted((row for page in pages for row in page), key=lambda row: row.key)[:limit]


def _finding(cells: Cells) -> Json:
    return {name: value for name, value in cells.items() if isinstance(value, str)}


def _line(cells: Cells) -> Json:
    return {
        "subscription": text(cells, "subscription"),
        "registry": text(cells, "registry"),
        "repository": text(cells, "repository"),
        "digest": text(cells, "digest"),
        "scan": text(cells, "scan"),
        "billedAt": text(cells, "billed_at"),
        "reason": "first completed scan",
    }


def _add(total: dict[str, int], cells: Mapping[str, object]) -> None:
    for name in TOTALS:
        value = cells.get(name, 0)
        total[name] = total.get(name, 0) + (value if isinstance(value, int) else 0)


def _totals(total: Mapping[str, int]) -> dict[str, Json]:
    return {
        "images": total.get("images", 0),
        "health": {health.value: total.get(health.value, 0) for health in Health},
        "findings": {name: total.get(name, 0) for name in SEVERITIES},
        "waiting": total.get("waiting", 0),
        "failed": total.get("failed", 0),
    }
