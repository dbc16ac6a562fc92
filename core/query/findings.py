"""An image's findings, worst first, and what to upgrade to be rid of them.

An index has no packages of its own: its findings are those of the images that it lists, each saying
which of them it is in. So an index's findings are as many as its row counts.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from core.advisories.remediation import Upgrade, upgrades
from core.domain.findings import Exploitation, Finding
from core.domain.values import Artifact, ImageName, Severity
from core.projections.cells import number, text
from core.projections.image_rows import children_of
from core.query.parameters import AS_OF, Parameters, offset
from core.query.shapes import Json, camel, exploitation_of
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

    async def page(self, image: ImageName, cells: Cells, asked: Parameters, row_of: RowOf) -> Json:
        """A page of those that were asked for; the first one says what to upgrade, too."""
        severity = asked.choice("severity", _SEVERITIES)
        patchable = asked.choice("patchable", {"true": "true", "false": "false"})
        paging = asked.paging()
        matching = [
            found
            async for found in self._of(image, cells, row_of, {image.digest})
            if _at_least(found.finding, severity) and _patchable(found.finding, patchable)
        ]
        matching.sort(key=lambda found: found.finding.severity.rank)
        start = offset(paging.token)
        page = matching[start : start + paging.limit]
        moment = asked.moment(AS_OF)
        exploited = self._exploitation
        known = await (exploited.as_of(moment) if moment else exploited.now())
        answer: dict[str, Json] = {
            "value": [
                _shown(found, known.of(found.finding.cves) if known else _NOTHING) for found in page
            ],
            "total": len(matching),
        }
        if start == 0:
            answer["upgrades"] = await self._upgrades([found.finding for found in matching])
        if start + paging.limit < len(matching):
            answer["continuationToken"] = asked.seal(str(start + paging.limit))
        return answer

    async def _of(
        self, image: ImageName, cells: Cells, row_of: RowOf, seen: set[str]
    ) -> AsyncIterator[Found]:
        """The findings of an image; for an index, those of the images below it, each once."""
        for finding in await self._read(cells):
            yield Found(
                finding=finding, digest=image.digest, platform=text(cells, "platform") or None
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
        if "findings_sha256" not in cells:
            return []
        artifact = Artifact(
            sha256=text(cells, "findings_sha256"), size=number(cells, "findings_size")
        )
        return _FINDINGS.decode(await self._artifacts.get(artifact))

    async def _upgrades(self, findings: Sequence[Finding]) -> Json:
        """What to upgrade by the advisories in force; `None` where there are none to ask."""
        in_force = await self._advisories.in_force()
        if in_force is None:
            return None
        found = await asyncio.to_thread(upgrades, findings, in_force.matcher.advisories)
        return [_upgrade(upgrade) for upgrade in found]


def _at_least(finding: Finding, severity: str | None) -> bool:
    return severity is None or finding.severity.rank <= Severity(severity).rank


def _patchable(finding: Finding, wanted: str | None) -> bool:
    return wanted is None or finding.patchable == (wanted == "true")


def _shown(found: Found, known: Exploitation) -> Json:
    return {
        **camel(msgspec.to_builtins(found.finding)),
        **exploitation_of(known),
        "image": {"digest": found.digest, "platform": found.platform},
    }


def _upgrade(upgrade: Upgrade) -> Json:
    return {
        "sentence": upgrade.sentence,
        "ecosystem": upgrade.ecosystem,
        "package": upgrade.package,
        "components": _words(upgrade.components),
        "installed": upgrade.installed,
        "target": upgrade.target,
        "severity": upgrade.severity.value,
        "resolves": _words(upgrade.resolved),
        "leaves": _words(upgrade.remaining),
    }


def _words(words: Iterable[str]) -> Json:
    return list[Json](words)
