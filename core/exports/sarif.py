"""SARIF 2.1.0, as code scanning reads it: a run for each image, a rule for each vulnerability.

Code scanning wants a place in a file for each result. An image is no file: its repository's name
stands for it, so that an alert survives the next digest. SARIF's messages know placeholders in
braces and links in brackets (§3.11.5 and §3.11.6): what comes from elsewhere has them escaped.
"""

import hashlib

import msgspec

from core.domain.findings import Finding
from core.domain.values import ImageName, Severity
from core.exports.interface import Assessed, Export, Form, Inspected
from core.exports.text import address, image_url
from core.plain import plain
from core.projections.cells import instant
from core.query.shapes import Json

_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning"}
_LEAST = {
    Severity.CRITICAL: 9.0,
    Severity.HIGH: 7.0,
    Severity.MEDIUM: 4.0,
    Severity.LOW: 0.1,
    Severity.NEGLIGIBLE: 0.1,
    Severity.UNKNOWN: 0.0,
}
"""Where code scanning's own bands begin: it shows a number, and we have chosen a word."""
_ESCAPED = str.maketrans({"{": "{{", "}": "}}", "[": "\\[", "]": "\\]", "\\": "\\\\"})


def write(export: Export) -> bytes:
    """The document."""
    document: dict[str, Json] = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(one, instant(export.moment)) for one in export.images],
    }
    return msgspec.json.encode(document)


def escaped(text: str) -> str:
    """Text within a message, without links or placeholders of its own."""
    return plain(text).translate(_ESCAPED)


def _run(inspected: Inspected, when: str) -> Json:
    rules: dict[str, Finding] = {}
    for one in inspected.findings:
        rules.setdefault(one.finding.id, one.finding)
    numbers = {name: number for number, name in enumerate(rules)}
    image = inspected.image
    return {
        "tool": {"driver": {"name": "Pratique", "rules": [_rule(one) for one in rules.values()]}},
        "automationDetails": {"id": f"{image.registry}/{image.repository}/{image.digest}"},
        "invocations": [{"executionSuccessful": inspected.whole, "endTimeUtc": when}],
        "properties": {"image": image_url(image), "tags": list[Json](inspected.tags)},
        "results": [_result(one, image, numbers[one.finding.id]) for one in inspected.findings],
    }


def _rule(finding: Finding) -> Json:
    rule: dict[str, Json] = {
        "id": plain(finding.id),
        "shortDescription": {"text": escaped(finding.summary) or plain(finding.id)},
        "defaultConfiguration": {"level": _LEVELS.get(finding.severity, "note")},
        "properties": {
            "security-severity": f"{_score(finding):.1f}",
            "tags": ["security", "vulnerability"],
        },
    }
    link = next((url for url in map(address, finding.references) if url), None)
    return {**rule, "helpUri": link} if link else rule


def _score(finding: Finding) -> float:
    """The worst score that goes with the severity that was chosen, else where its band begins."""
    least = _LEAST[finding.severity]
    above = min((one for one in _LEAST.values() if one > least), default=10.1)
    fitting = [one.score for one in finding.cvss if least <= one.score < above]
    return max(fitting, default=least)


def _result(assessed: Assessed, image: ImageName, number: int) -> Json:
    finding = assessed.finding
    result: dict[str, Json] = {
        "ruleId": plain(finding.id),
        "ruleIndex": number,
        "level": _LEVELS.get(finding.severity, "note"),
        "message": {"text": _message(finding)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": image.repository},
                    "region": {"startLine": 1},
                },
                "message": {"text": escaped(f"{image}: {finding.component} {finding.version}")},
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(finding, image)},
        "properties": {"severity": finding.severity.value},
    }
    if assessed.rule is not None:
        because = escaped(f"The rule {assessed.rule} disables it.")
        result["suppressions"] = [{"kind": "external", "justification": because}]
    return result


def _message(finding: Finding) -> str:
    mend = f"Upgrade it to {finding.fixed}." if finding.fixed else "No fix is known."
    return escaped(f"{finding.component} {finding.version} has {finding.id}. {mend}")


def _fingerprint(finding: Finding, image: ImageName) -> str:
    """The same for the same package of the same repository, whatever its version and digest."""
    parts = (image.registry, image.repository, finding.id, finding.component)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


SARIF = Form(name="sarif", media_type="application/sarif+json", extension="sarif", write=write)
