"""What needs somebody now: unhealthy images in use, what is known to be exploited first.

An image is in use that was pulled within the last 30 days; where nobody knows of pulls, one that a
tag points to. What is exploited changes daily and stands in no row, so the findings of the worst
150 of those images are looked at; `read` says of how many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import nsmallest

from core.advisories.exploitation import Exploitations
from core.answers.attention import Attention
from core.answers.attention import Urgent as ShownUrgent
from core.domain.findings import Exploitation
from core.domain.values import Health, Severity
from core.projections.cells import number, text, words
from core.query.catalogue import Catalogue
from core.query.names import CountedNames, Named
from core.query.parameters import AS_OF, Parameters, known
from core.query.shapes import image_of
from core.query.standing import Standings
from core.query.trust import Trust
from core.rules.subjects import judged_of
from core.scanning.exploited import KnownExploitation
from core.storage.interface import Cells, Row

PAGE = 25
"""Images of one answer at most."""
READ = 150
"""Images whose findings one answer reads at most."""
IN_USE = timedelta(days=30)
_SEVERITIES = tuple(one.name.lower() for one in Severity)
"""The columns that count findings, the worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """An image, and what makes it urgent."""

    row: Row
    exploited: tuple[str, ...]
    """The findings that are known to be exploited, sorted."""
    epss: float | None
    """The highest probability of exploitation of any of its findings."""

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts the most urgent first: what is exploited, then the worst, then by place."""
        return (-len(self.exploited), badness(self.row), self.row.key)


class AttentionQueries:
    """Answers with what to look at first."""

    def __init__(
        self,
        standings: Standings,
        catalogue: Catalogue,
        names: CountedNames,
        exploitation: KnownExploitation,
    ) -> None:
        self._standings = standings
        self._catalogue = catalogue
        self._names = names
        self._exploitation = exploitation

    async def page(self, given: Mapping[str, str]) -> Attention:
        """The most urgent images, at most 25, and how many there are of which kind."""
        asked = Parameters(given, known=known(AS_OF))
        limit, moment = min(asked.paging().limit, PAGE), asked.moment(AS_OF)
        trust = await self._standings.of(asked).trust()
        unhealthy = [row for row in await self._catalogue.images(asked) if _is_unhealthy(row)]
        used = [row for row in unhealthy if in_use(row.cells, trust, moment or datetime.now(UTC))]
        worst = nsmallest(READ, used, key=lambda row: (badness(row), row.key))
        known_to_be = self._exploitation
        exploited = await (known_to_be.as_of(moment) if moment else known_to_be.now())
        names = await self._names.of([judged_of(row) for row in worst])
        urgent = [_urgent(*one, exploited) for one in zip(worst, names, strict=True)]
        return Attention(
            value=[_shown(one, trust) for one in sorted(urgent, key=lambda one: one.order)[:limit]],
            in_use=len(used),
            unhealthy=len(unhealthy),
            exploited=sum(1 for one in urgent if one.exploited),
            read=len(worst),
        )


def _shown(one: Urgent, trust: Trust) -> ShownUrgent:
    image = image_of(one.row.cells, int(one.row.partition), trust)
    return ShownUrgent(image=image, exploited=list(one.exploited), epss=one.epss)


def in_use(cells: Cells, trust: Trust, now: datetime) -> bool:
    """Whether somebody may still start a container from it."""
    pulled_on = text(cells, "pulled_on")
    if pulled_on and date.fromisoformat(pulled_on) >= (now - IN_USE).date():
        return True
    since = trust.pulls_known_since(text(cells, "registry"))
    unknown = since is None or since > now - IN_USE
    return unknown and bool(words(cells, "tags"))


def badness(row: Row) -> tuple[int, ...]:
    """Sorts the worst first."""
    return tuple(-number(row.cells, one) for one in _SEVERITIES)


def _is_unhealthy(row: Row) -> bool:
    """Whether something counts in it. An index has no findings of its own: the images that it lists
    are looked at."""
    unhealthy = text(row.cells, "health") == Health.UNHEALTHY
    return unhealthy and text(row.cells, "findings_sha256") != ""


def _urgent(row: Row, names: Sequence[Named], exploited: Exploitations | None) -> Urgent:
    nothing = Exploitation()
    about = {one.id: exploited.of(one.cves) if exploited else nothing for one in names}
    return Urgent(
        row=row,
        exploited=tuple(sorted(name for name, of in about.items() if of.known_exploited)),
        epss=max((of.epss for of in about.values() if of.epss is not None), default=None),
    )
