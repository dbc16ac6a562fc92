"""OpenVEX 0.2.0: which vulnerabilities an image is affected by, and which a rule has ruled out.

An open finding is `affected`, with what to do about it; one that a rule disables `not_affected`,
with the rule as the reason. Tools that take the document then say nothing about the latter.
"""

import hashlib

import msgspec

from core.domain.findings import Finding
from core.exports.interface import Assessed, Export, Form, Inspected
from core.exports.text import image_url, package_url
from core.plain import plain
from core.projections.cells import instant
from core.query.shapes import Json

_NAMESPACE = "https://openvex.dev/ns/v0.2.0"


def write(export: Export) -> bytes:
    """The document."""
    when = instant(export.moment)
    name = hashlib.sha256(f"{export.name} {when}".encode()).hexdigest()
    document: dict[str, Json] = {
        "@context": _NAMESPACE,
        "@id": f"urn:pratique:vex:{name}",
        "author": "Pratique",
        "timestamp": when,
        "version": 1,
        "statements": [
            _statement(inspected, assessed)
            for inspected in export.images
            for assessed in inspected.findings
        ],
    }
    return msgspec.json.encode(document)


def _statement(inspected: Inspected, assessed: Assessed) -> Json:
    finding = assessed.finding
    product: dict[str, Json] = {"@id": image_url(inspected.image)}
    if (purl := package_url(finding.purl)) is not None:
        product["subcomponents"] = [{"@id": purl}]
    statement: dict[str, Json] = {
        "vulnerability": {
            "name": plain(finding.id),
            "aliases": [plain(name) for name in finding.aliases if name != finding.id],
        },
        "products": [product],
    }
    if assessed.rule is None:
        return {**statement, "status": "affected", "action_statement": _action(finding)}
    because = plain(f"The rule {assessed.rule} disables it.")
    return {**statement, "status": "not_affected", "impact_statement": because}


def _action(finding: Finding) -> str:
    if finding.fixed is None:
        return plain(f"No version of {finding.component} that resolves it is known.")
    return plain(f"Upgrade {finding.component} from {finding.version} to {finding.fixed}.")


OPENVEX = Form(
    name="openvex", media_type="application/openvex+json", extension="openvex.json", write=write
)
