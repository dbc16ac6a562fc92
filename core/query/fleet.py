"""Answers across images: who has a CVE or a package, the summary."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import UNSET
from msgspec.structs import asdict as fields_of
from msgspec.structs import replace

from core.advisories.exploitation import Exploitations
from core.answers.base import token
from core.answers.findings import FindingOfImage, FindingsOfImages
from core.answers.fleet import HealthCounts, RegistryTotals, Summary
from core.answers.fleet import Totals as ShownTotals
from core.domain.findings import Exploitation
from core.domain.values import Health, Severity, SeverityCounts
from core.errors import InvalidInput
from core.projections.cells import instant, text
from core.projections.findings import index_key
from core.projections.totals import SEVERITIES
from core.query.parameters import AS_OF, Parameters, known
from core.query.shapes import DISABLED, exploited_of, is_wanted, probability_of, status_of
from core.query.standing import Standings, moment_of
from core.query.totals import Totals, added_up, totals_of
from core.scanning.stale import Counted, StaleCounts
from core.storage.interface import Cells, RowReader


class Exploited(Protocol):
    """Who knows what is exploited; see `core/scanning/exploited.py`."""

    async def now(self) -> Exploitations | None:
        """What is known now."""

    async def as_of(self, at: datetime) -> Exploitations | None:
        """What was known at that time."""


class FindingQueries:
    """Which images have a vulnerability, or a package that has one; or had, at a moment."""

    def __init__(self, standings: Standings, findings: RowReader, exploited: Exploited) -> None:
        """`findings` is the view of now."""
        self._standings = standings
        self._findings = findings
        self._exploited = exploited

    async def page(self, given: Mapping[str, str]) -> FindingsOfImages:
        """A page of findings, by exactly one of `cve` and `package`, in a stable order;
        of a CVE also what is known of its exploitation."""
        asked = Parameters(given, known=known("cve", "package", "disabled", AS_OF))
        cve, package = asked.text("cve"), asked.text("package")
        if (cve is None) == (package is None):
            raise InvalidInput("give either cve or package")
        prefix = index_key("c", _as_published(cve)) if cve else index_key("p", package or "")
        disabled = asked.choice("disabled", DISABLED)
        paging, index = asked.paging(), self._standings.index(asked, self._findings)
        page = await index.page(
            prefix,
            lambda cells: is_wanted(_rule(cells), disabled),
            limit=paging.limit,
            token=paging.token,
        )
        answer = FindingsOfImages(
            value=[_finding(row.cells) for row in page.rows],
            continuation_token=token(None if page.token is None else asked.seal(page.token)),
        )
        if cve is None:
            return answer
        known_then = await self._exploitation(_as_published(cve), moment_of(asked))
        return replace(answer, epss=probability_of(known_then), exploited=exploited_of(known_then))

    async def _exploitation(self, cve: str, moment: datetime | None) -> Exploitation:
        exploited = self._exploited
        published = await (exploited.as_of(moment) if moment else exploited.now())
        return published.of([cve]) if published else Exploitation()


class SummaryQueries:
    """How the fleet is, in numbers."""

    def __init__(self, standings: Standings, stale: StaleCounts) -> None:
        self._standings = standings
        self._stale = stale

    async def summary(self, given: Mapping[str, str]) -> Summary:
        """Totals of everything, and by registry. How many are stale was counted a while ago, of
        whole registries; nobody counted in the past. Where nobody looks after a registry, all of
        its verdicts are."""
        asked = Parameters(given, known=frozenset({AS_OF}))
        standing = self._standings.of(asked)
        counted = self._standings.scope.whole and not asked.moment(AS_OF)
        stale = await self._stale.latest() if counted else Counted()
        care = (await standing.trust()).care
        registries = await totals_of(standing.images, self._standings.shards)
        stale_of = {
            place: stale.of(*place) if care.neglect(place.registry) is None else _verdicts(total)
            for place, total in registries.items()
        }
        return Summary(
            **fields_of(_totals(added_up(registries.values()), _sum(stale_of.values(), stale))),
            stale_counted_at=None if stale.at is None else instant(stale.at),
            registries=[
                RegistryTotals(
                    subscription=place.subscription,
                    registry=place.registry,
                    **fields_of(_totals(total, stale_of[place])),
                )
                for place, total in registries.items()
            ],
        )


def _as_published(name: str) -> str:
    """CVE ids are upper case; others (GHSA) are not, and are taken as they are written."""
    return name.upper() if name.upper().startswith("CVE-") else name


def _rule(cells: Cells) -> str | None:
    """The rule that disables the finding of that row."""
    return text(cells, "rule") or None


def _finding(cells: Cells) -> FindingOfImage:
    return FindingOfImage(
        registry=text(cells, "registry"),
        repository=text(cells, "repository"),
        digest=text(cells, "digest"),
        id=text(cells, "id"),
        package=text(cells, "package"),
        component=text(cells, "component"),
        version=text(cells, "version"),
        fixed=text(cells, "fixed") if "fixed" in cells else UNSET,
        severity=Severity(text(cells, "severity")),
        purl=text(cells, "purl"),
        ecosystem=text(cells, "ecosystem"),
        status=status_of(_rule(cells)),
    )


def _verdicts(total: Totals) -> int:
    """Images that would have a verdict of today, if anybody looked after them."""
    others = total[Health.NOT_APPLICABLE] + total["waiting"] + total["failed"]
    return max(0, total["images"] - others)


def _sum(counts: Iterable[int | None], counted: Counted) -> int | None:
    """All of them; `None` where one of them is not known, or nobody has counted nothing."""
    known = list(counts)
    if None in known or (not known and counted.at is None):
        return None
    return sum(filter(None, known))


def _totals(total: Totals, stale: int | None) -> ShownTotals:
    return ShownTotals(
        images=total["images"],
        health=HealthCounts(
            healthy=total[Health.HEALTHY],
            unhealthy=total[Health.UNHEALTHY],
            not_applicable=total[Health.NOT_APPLICABLE],
            unscanned=total[Health.UNSCANNED],
        ),
        findings=SeverityCounts(**{name: total[name] for name in SEVERITIES}),
        disabled=SeverityCounts(**{name: total[f"disabled_{name}"] for name in SEVERITIES}),
        waiting=total["waiting"],
        failed=total["failed"],
        stale=stale,
    )
