"""CycloneDX 1.6: what is installed, and what is vulnerable of it.

One image is what the document is about (`metadata.component`), its packages the components. Of many
images, each is a component with its packages inside.

A finding that a rule disables has the analysis `not_affected`, and names the rule; of the others
nobody has said anything, so they have none. Field names follow the CycloneDX 1.6 JSON schema.
"""

import uuid
from collections.abc import Iterator, Mapping

import msgspec

from core.domain.findings import Cvss, Finding
from core.domain.values import Severity
from core.exports.interface import Assessed, Export, Form, Inspected, Part, parts_of, ref_of
from core.exports.text import address, image_url, moment, package_url
from core.plain import plain
from core.projections.cells import instant
from core.query.shapes import Json

_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
    Severity.NEGLIGIBLE: "info",
    Severity.UNKNOWN: "unknown",
}
_METHODS = {"2.0": "CVSSv2", "3.0": "CVSSv3", "3.1": "CVSSv31", "4.0": "CVSSv4"}


def write(export: Export) -> bytes:
    """The document."""
    when = instant(export.moment)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"{export.name} {when}")
    metadata: dict[str, Json] = {
        "timestamp": when,
        "tools": {"components": [{"type": "application", "name": "pratique"}]},
    }
    parts = [parts_of(one) for one in export.images]
    components: list[Json]
    if len(export.images) == 1:
        metadata["component"] = _image(export.images[0])
        components = [_component(part) for part in parts[0].values()]
    else:
        components = [
            {**_image(one), "components": [_component(part) for part in some.values()]}
            for one, some in zip(export.images, parts, strict=True)
        ]
    document: dict[str, Json] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial.urn,
        "version": 1,
        "metadata": metadata,
        "components": components,
        "vulnerabilities": [
            _vulnerability(assessed, some)
            for one, some in zip(export.images, parts, strict=True)
            for assessed in one.findings
        ],
    }
    return msgspec.json.encode(document)


def _image(inspected: Inspected) -> dict[str, Json]:
    image = inspected.image
    told = [("tag", tag) for tag in inspected.tags]
    told += [("platform", inspected.platform)] if inspected.platform else []
    told += [] if inspected.whole else [("incomplete", "some packages could not be compared")]
    return {
        "type": "container",
        "bom-ref": ref_of(image),
        "name": f"{image.registry}/{image.repository}",
        "version": image.digest,
        "purl": image_url(image),
        "properties": [_property(name, value) for name, value in told],
    }


def _component(part: Part) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "type": "library",
        "bom-ref": part.ref,
        "name": plain(part.name),
        "version": plain(part.version),
    }
    purl = package_url(part.purl)
    return {**shown, "purl": purl} if purl else shown


def _vulnerability(assessed: Assessed, parts: Mapping[str, Part]) -> Json:
    finding = assessed.finding
    shown: dict[str, Json] = {
        "id": plain(finding.id),
        "references": [_alias(name) for name in finding.aliases if name != finding.id],
        "ratings": [_chosen(finding), *(_rating(one) for one in finding.cvss)],
        "description": plain(finding.summary),
        "advisories": [{"url": url} for url in map(address, finding.references) if url],
        "affects": [{"ref": parts[finding.purl].ref}],
        "properties": [_property(name, value) for name, value in _told(assessed)],
    }
    if finding.fixed is not None:
        shown["recommendation"] = plain(f"Upgrade {finding.component} to {finding.fixed}.")
    if (published := moment(finding.published)) is not None:
        shown["published"] = published
    if (modified := moment(finding.modified)) is not None:
        shown["updated"] = modified
    if assessed.rule is not None:
        shown["analysis"] = {
            "state": "not_affected",
            "detail": plain(f"The rule {assessed.rule} disables it."),
        }
    return shown


def _alias(name: str) -> Json:
    """Another name, and who gives such names, as far as the name itself says."""
    return {"id": plain(name), "source": {"name": plain(name.partition("-")[0])}}


def _chosen(finding: Finding) -> Json:
    source = plain(finding.severity_source)
    return {"source": {"name": source}, "severity": _SEVERITIES[finding.severity]}


def _rating(cvss: Cvss) -> Json:
    method = _METHODS.get(cvss.version, "other")
    return {"score": cvss.score, "method": method, "vector": plain(cvss.vector)}


def _told(assessed: Assessed) -> Iterator[tuple[str, str]]:
    if assessed.finding.status:
        yield "status", assessed.finding.status
    if assessed.known.epss is not None:
        yield "epss", str(assessed.known.epss)
    if assessed.known.known_exploited:
        yield "exploited", assessed.known.added or "listed"


def _property(name: str, value: str) -> Json:
    return {"name": f"pratique:{name}", "value": plain(value)}


CYCLONEDX = Form(
    name="cyclonedx",
    media_type="application/vnd.cyclonedx+json",
    extension="cdx.json",
    write=write,
    packages=True,
)
