"""What there is to say of one image: its findings, in one shape and the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.advisories.exploitation import Exploitations
from core.azure_shapes import newer, older
from core.azure_shapes.keys import AssessmentKey, identities, sub_assessment_name
from core.azure_shapes.subjects import HEALTHY, Exposure, ImageFacts, image_facts
from core.domain.findings import Exploitation, Finding
from core.domain.values import Artifact
from core.projections.cells import number, text
from core.projections.image_rows import counts_of, disabled_of
from core.query.shapes import Json
from core.registry.references import RegistryResource
from core.rules.evaluation import rules_by_finding
from core.rules.rulings import read_findings
from core.storage.interface import Artifacts, Cells

_VULNERABILITY = {
    AssessmentKey.OLDER: older.vulnerability,
    AssessmentKey.NEWER: newer.vulnerability,
}
_HEALTHY = {AssessmentKey.OLDER: older.healthy, AssessmentKey.NEWER: newer.healthy}
_NOTHING = Exploitation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An image and its findings, as its row and the blobs that it names have them."""

    facts: ImageFacts
    findings: tuple[Finding, ...]
    exempt: frozenset[int]
    """The places of the findings that rules disable."""

    def entries(self, keys: Sequence[AssessmentKey]) -> list[tuple[AssessmentKey, str, int]]:
        """All sub-assessments of the image: assessment, identity, and the finding's place; that of
        the row which says that there is none is -1."""
        named = [(identity, place) for place, identity in enumerate(identities(self.findings))]
        if self.facts.healthy:
            named.append((HEALTHY, -1))
        return [(key, identity, place) for key in keys for identity, place in named]

    def shown(
        self, entry: tuple[AssessmentKey, str, int], known: Exploitations | None
    ) -> dict[str, Json]:
        """One of the entries, as the sub-assessment that it is."""
        key, identity, place = entry
        if place < 0:
            return _HEALTHY[key](self.facts)
        finding = self.findings[place]
        exposure = Exposure(
            finding=finding,
            identity=identity,
            exempt=place in self.exempt,
            known=known.of(finding.cves) if known else _NOTHING,
        )
        return _VULNERABILITY[key](self.facts, exposure)

    def named(self, name: str) -> tuple[AssessmentKey, str, int] | None:
        """The entry of that name, if it is one of the image's."""
        return next(
            (
                (key, identity, place)
                for key, identity, place in self.entries(tuple(AssessmentKey))
                if sub_assessment_name(key, self.facts.stream, identity) == name.lower()
            ),
            None,
        )


async def judged(artifacts: Artifacts, cells: Cells, registry: RegistryResource) -> Judged:
    """The image that a row shows. Blobs are read only where something was found; an index has no
    findings of its own: those of its images are told with them."""
    found = "children" not in cells and (counts_of(cells) + disabled_of(cells)).total > 0
    findings = _artifact(cells, "findings") if found else None
    exemptions = _artifact(cells, "exemptions") if found else None
    return Judged(
        facts=image_facts(cells, registry),
        findings=read_findings(await artifacts.get(findings)) if findings else (),
        exempt=frozenset(
            rules_by_finding(await artifacts.get(exemptions)) if exemptions else (),
        ),
    )


def _artifact(cells: Cells, name: str) -> Artifact | None:
    sha256 = text(cells, f"{name}_sha256")
    return Artifact(sha256=sha256, size=number(cells, f"{name}_size")) if sha256 else None
