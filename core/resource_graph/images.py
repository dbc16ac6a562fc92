"""What there is to say of an image, as the database keeps it: what is its own, and what is found.

The shapes are those of `core/azure_shapes`: a sub-assessment is made there, and taken apart here
into what its image knows and what its finding knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from core.azure_shapes import newer, older
from core.azure_shapes.judged import Judged
from core.azure_shapes.keys import AssessmentKey, sub_assessment_name
from core.azure_shapes.subjects import Exposure, ImageFacts
from core.domain.findings import Exploitation, Finding
from core.domain.ids import StreamId
from core.query.shapes import Json

type Names = tuple[str, ...]

_OF_IMAGES: Mapping[AssessmentKey, Sequence[Names]] = {
    AssessmentKey.OLDER: (
        ("timeGenerated",),
        ("additionalData", "imageDigest"),
        ("additionalData", "repositoryName"),
        ("additionalData", "registryHost"),
    ),
    AssessmentKey.NEWER: (
        ("timeGenerated",),
        ("additionalData", "artifactDetails"),
        ("additionalData", "softwareDetails", "osDetails"),
    ),
}
"""What images know of a sub-assessment's properties. `resourceDetails` stands beside."""

_VULNERABILITY = {
    AssessmentKey.OLDER: older.vulnerability,
    AssessmentKey.NEWER: newer.vulnerability,
}
_HEALTHY = {AssessmentKey.OLDER: older.healthy, AssessmentKey.NEWER: newer.healthy}
_ABOUT = "resourceDetails"
_NOTHING = Exploitation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An image, as one assessment tells of what is found in it, or of there being nothing."""

    key: AssessmentKey
    healthy: bool
    root: str
    """What its sub-assessments' ids begin with."""
    details: str
    """What `resourceDetails.id` is, or begins with."""
    named: bool
    """Whether the sub-assessment's name follows there."""
    body: bytes
    """What the image knows of a row's columns, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartKey:
    """What is found, wherever it is; without a finding: that nothing is."""

    key: AssessmentKey
    finding: Finding | None
    exempt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An image with its sub-assessments."""

    stream: StreamId
    facts: ImageFacts
    subjects: tuple[Subject, ...]
    entries: tuple[tuple[AssessmentKey, PartKey, str], ...]
    """Each sub-assessment: of which assessment, what it says, and its name."""


def told(image: Judged) -> Told:
    """All that there is to say of an image."""
    entries = []
    stream = image.facts.stream
    for key, identity, place in image.entries(tuple(AssessmentKey)):
        finding = _anywhere(image.findings[place]) if place >= 0 else None
        part = PartKey(key=key, finding=finding, exempt=place in image.exempt)
        entries.append((key, part, sub_assessment_name(key, stream, identity)))
    firsts = {(key, part.finding is None): part for key, part, _ in reversed(entries)}
    subjects = tuple(_subject(image.facts, part) for part in firsts.values())
    return Told(stream=stream, facts=image.facts, subjects=subjects, entries=tuple(entries))


def part_body(part: PartKey, known: Exploitation, somewhere: ImageFacts) -> bytes:
    """What a finding knows of a row's columns, as JSON. The image is any that has it."""
    properties = _properties(somewhere, part, known)
    for path in _OF_IMAGES[part.key]:
        _take(properties, path)
    properties.pop(_ABOUT, None)
    return msgspec.json.encode({"properties": properties})


def _subject(facts: ImageFacts, part: PartKey) -> Subject:
    """The image's own share, taken out of any of its sub-assessments."""
    shown = _shown(facts, part, _NOTHING)
    name = str(shown["name"])
    properties = _object(shown["properties"])
    about = str(_object(properties[_ABOUT])["id"])
    own: dict[str, Json] = {}
    for path in _OF_IMAGES[part.key]:
        value = _take(properties, path)
        if value is not None:
            _put(own, path, value)
    return Subject(
        key=part.key,
        healthy=part.finding is None,
        root=str(shown["id"]).removesuffix(name),
        details=about.removesuffix(name),
        named=about.endswith(name),
        body=msgspec.json.encode({"properties": own}),
    )


def _properties(facts: ImageFacts, part: PartKey, known: Exploitation) -> dict[str, Json]:
    return _object(_shown(facts, part, known)["properties"])


def _shown(facts: ImageFacts, part: PartKey, known: Exploitation) -> dict[str, Json]:
    """A sub-assessment as the API shows it."""
    if part.finding is None:
        return _HEALTHY[part.key](facts)
    exposure = Exposure(finding=part.finding, identity="", exempt=part.exempt, known=known)
    return _VULNERABILITY[part.key](facts, exposure)


def _anywhere(finding: Finding) -> Finding:
    """The finding without its layer, which is another in every image and is never shown."""
    return finding if finding.layer is None else replace(finding, layer=None)


def _take(properties: dict[str, Json], path: Names) -> Json:
    """Take out what stands at the end of a path; `None` where nothing does."""
    *above, last = path
    for name in above:
        below = properties.get(name)
        if not isinstance(below, dict):
            return None
        properties = below
    return properties.pop(last, None)


def _put(properties: dict[str, Json], path: Names, value: Json) -> None:
    *above, last = path
    for name in above:
        properties = _object(properties.setdefault(name, {}))
    properties[last] = value


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
