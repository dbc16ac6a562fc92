"""The two assessments that Azure has of a registry's images, and the names below them.

A sub-assessment's name is a GUID by which it must be found again. Its first 48 bits are those of
the image's stream, which is where the image's row is; the rest tells its findings apart. That is a
GUID of version 8 (RFC 9562): one of version 5 would be found by reading every image's findings.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from core.domain.findings import Finding
from core.domain.ids import StreamId

_NAME = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_NUMBER_DIGITS = 13
"""Hex digits of a finding's number: 52 bits, so that it is exact wherever JSON is read."""


class AssessmentKey(StrEnum):
    """An assessment's name, which is the same in every subscription."""

    OLDER = "dbd0cb49-b563-45e7-9724-889e799fa648"
    """Sub-assessments are of the shape `ContainerRegistryVulnerability` (2020)."""
    NEWER = "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5"
    """Sub-assessments are of the shape `AzureContainerRegistryVulnerability` (2023)."""


DISPLAY_NAMES = {
    AssessmentKey.OLDER: "Container registry images should have vulnerability findings resolved",
    AssessmentKey.NEWER: "Azure registry container images should have vulnerabilities resolved",
}
"""What people read, and filter by."""


def assessment_key(name: str) -> AssessmentKey | None:
    """The assessment of that name, whatever its case; `None` where there is none."""
    return next((key for key in AssessmentKey if key == name.lower()), None)


def identities(findings: Sequence[Finding]) -> list[str]:
    """What tells an image's findings apart, whatever their order: the n-th of equals says so."""
    seen: Counter[str] = Counter()
    named: list[str] = []
    for finding in findings:
        identity = "|".join((finding.id, finding.ecosystem, finding.purl, finding.version))
        named.append(f"{identity}|{seen[identity]}")
        seen[identity] += 1
    return named


def sub_assessment_name(key: AssessmentKey, stream: StreamId, identity: str) -> str:
    """The GUID of what that assessment says of a finding in that image."""
    place = stream.removeprefix("image-")[:12]
    rest = hashlib.sha256(f"{key}|{stream}|{identity}".encode()).hexdigest()
    variant = "89ab"[int(rest[3], 16) % 4]
    return f"{place[:8]}-{place[8:]}-8{rest[:3]}-{variant}{rest[4:7]}-{rest[7:19]}"


def place_of(name: str) -> str | None:
    """What the streams of the images begin with that a sub-assessment of that name may be of;
    `None` when it is no such name."""
    found = _NAME.fullmatch(name.lower())
    return f"image-{found[1]}{found[2]}" if found else None


def finding_number(finding: Finding) -> str:
    """The decimal by which the older shape names a vulnerability, the same wherever it is found."""
    return str(int(hashlib.sha256(finding.id.encode()).hexdigest()[:_NUMBER_DIGITS], 16))
