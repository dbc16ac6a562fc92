"""An image's findings, worst first, and what to upgrade to be rid of them.

An index has no packages of its own: its findings are those of the images that it lists, each saying
which of them it is in. So an index's findings are as many as its row counts.

A finding that a rule disables is not applicable, being exempt, and says by which rule. It is left
out unless it is asked for, as it is not counted; and nobody is told to upgrade because of it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from msgspec import UNSET

from core.answers.base import token
from core.answers.findings import Finding as ShownFinding
from core.answers.findings import Findings, Place, Upgrade
from core.domain.findings import Exploitation, Finding
from core.domain.values import ImageName, Severity
from core.projections.cells import artifact, text
from core.projections.index_rows import children_of
from core.query.parameters import AS_OF, Parameters, offset
from core.query.shapes import DISABLED, finding_of, is_wanted
from core.query.upgrades import upgrade_of, upgrades_in_force
from core.rules.evaluation import rules_by_finding
from core.scanning.exploited import KnownExploitation
from core.scanning.published import PublishedAdvisories
from core.storage.interface import Artifacts, Cells

type RowOf = Callable[[ImageName], Awaitable[Cells | None]]
"""The row of an image, or `None` where there is no such image."""

_SEVERITIES = {severity.value.lower(): severity.value for severity in Severity}
_NOTHING = Exploitation()
_FINDINGS = msgspec.json.Decoder(list[Finding])


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding, and the image that it is in."""

    finding: Finding
    digest: str
    platform: str | None
    rule: str | None
    """The rule that disables it there."""


class FindingPages:
    """Answers with findings, by the row of the image that has them."""

    def __init__(
        self,
        artifacts: Artifacts,
        advisories: PublishedAdvisories,
        exploitation: KnownExploitation,
    ) -> None:
        self._artifacts = artifacts
        self._advisories = advisories
        self._exploitation = exploitation

    async def page(
        self, image: ImageName, cells: Cells, asked: Parameters, row_of: RowOf
    ) -> Findings:
        """A page of those that were asked for; the first one says what to upgrade, too."""
        severity = asked.choice("severity", _SEVERITIES)
        patchable = asked.choice("patchable", {"true": "true", "false": "false"})
        disabled = asked.choice("disabled", DISABLED)
        paging = asked.paging()
        matching = [
            found
            async for found in self._of(image, cells, row_of, {image.digest})
            if _at_least(found.finding, severity)
            and _patchable(found.finding, patchable)
            and is_wanted(found.rule, disabled)
        ]
        matching.sort(key=lambda found: found.finding.severity.rank)
        start = offset(paging.token)
        page = matching[start : start + paging.limit]
        moment = asked.moment(AS_OF)
        exploited = self._exploitation
        known = await (exploited.as_of(moment) if moment else exploited.now())
        further = start + paging.limit
        return Findings(
            value=[
                _shown(found, known.of(found.finding.cves) if known else _NOTHING) for found in page
            ],
            total=len(matching),
            upgrades=await self._upgrades(matching) if start == 0 else UNSET,
            continuation_token=token(asked.seal(str(further)) if further < len(matching) else None),
        )

    async def counted(self, cells: Cells) -> list[Finding]:
        """The findings of an image itself that no rule disables."""
        rules = await self._rules(cells)
        return [one for place, one in enumerate(await self._read(cells)) if place not in rules]

    async def _upgrades(self, matching: Sequence[Found]) -> list[Upgrade] | None:
        """What to upgrade to be rid of those that count."""
        findings = [found.finding for found in matching if found.rule is None]
        advised = await upgrades_in_force(self._advisories, findings)
        return None if advised is None else [upgrade_of(one) for one in advised]

    async def _of(
        self, image: ImageName, cells: Cells, row_of: RowOf, seen: set[str]
    ) -> AsyncIterator[Found]:
        """The findings of an image; for an index, those of the images below it, each once."""
        platform = text(cells, "platform") or None
        rules = await self._rules(cells)
        for place, finding in enumerate(await self._read(cells)):
            yield Found(
                finding=finding, digest=image.digest, platform=platform, rule=rules.get(place)
            )
        for digest in children_of(cells):
            if digest in seen:
                continue
            seen.add(digest)
            child = replace(image, digest=digest)
            row = await row_of(child)
            if row is not None:
                async for found in self._of(child, row, row_of, seen):
                    yield found

    async def _read(self, cells: Cells) -> list[Finding]:
        findings = artifact(cells, "findings")
        return _FINDINGS.decode(await self._artifacts.get(findings)) if findings else []

    async def _rules(self, cells: Cells) -> Mapping[int, str]:
        """Which rule disables which finding, by its place."""
        exemptions = artifact(cells, "exemptions")
        return rules_by_finding(await self._artifacts.get(exemptions)) if exemptions else {}


def _at_least(finding: Finding, severity: str | None) -> bool:
    return severity is None or finding.severity.rank <= Severity(severity).rank


def _patchable(finding: Finding, wanted: str | None) -> bool:
    return wanted is None or finding.patchable == (wanted == "true")


def _shown(found: Found, known: Exploitation) -> ShownFinding:
    place = Place(digest=found.digest, platform=found.platform)
    return finding_of(found.finding, found.rule, known, place)
