"""The values that events, deciders and projections share: names, severities, causes.

Grammars follow the OCI distribution specification v1.1 (repository names, tags) and the OCI image
specification v1.1 (digests).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

Digest = NewType("Digest", str)
"""A manifest's identity: `sha256:` and 64 lowercase hex digits."""

BlobName = NewType("BlobName", str)
"""A content-addressed artifact: the SHA-256 of its bytes, 64 lowercase hex digits."""

ScanId = NewType("ScanId", str)
"""One scan of one image; attempts at it are numbered from 1."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_REGISTRY = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")

MAX_REPOSITORY = 255
"""Characters of a repository name, as most registries limit it (with the host, 255)."""


def is_digest(text: str) -> bool:
    """Whether `text` is a SHA-256 digest, the only algorithm that registries use for manifests."""
    return _DIGEST.fullmatch(text) is not None


def is_repository(text: str) -> bool:
    """Whether `text` is a repository name of the OCI distribution specification."""
    return len(text) <= MAX_REPOSITORY and _REPOSITORY.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Whether `text` is a tag of the OCI distribution specification."""
    return _TAG.fullmatch(text) is not None


def is_registry(text: str) -> bool:
    """Whether `text` is a registry's login server: a lowercase host name with an optional port."""
    return _REGISTRY.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageName:
    """An image's identity: where it lives and what its manifest hashes to."""

    registry: str
    """Login server, `demo.azurecr.io`."""
    repository: str
    """Repository, `team/app`."""
    digest: str
    """Manifest digest, `sha256:…`."""

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A reference to a content-addressed blob."""

    sha256: str
    """Hash of the bytes, which is also the blob's name."""
    size: int
    """Bytes."""


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    CRITICAL = "Critical"
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"
    NEGLIGIBLE = "Negligible"
    UNKNOWN = "Unknown"

    @property
    def rank(self) -> int:
        """0 for the worst; sorting by it puts what matters first."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Health(StrEnum):
    """The verdict on an image."""

    HEALTHY = "Healthy"
    UNHEALTHY = "Unhealthy"
    NOT_APPLICABLE = "NotApplicable"
    UNSCANNED = "Unscanned"


class Freshness(StrEnum):
    """How far the verdict can be trusted today."""

    CURRENT = "Current"
    DELAYED = "Delayed"
    STALE = "Stale"
    FAILED = "Failed"


class NotApplicableCause(StrEnum):
    """Why an image is not one that can be scanned. Never billed."""

    WINDOWS = "windows"
    ARTIFACT = "artifact"
    FOREIGN_LAYERS = "foreign-layers"
    TOO_LARGE = "too-large"
    MALFORMED = "malformed"


class FailureCause(StrEnum):
    """Why an attempt at a scan failed: a closed list, each with its place in `docs/operations.md`."""

    PULL_DENIED = "pull-denied"
    MANIFEST_UNKNOWN = "manifest-unknown"
    THROTTLED = "throttled"
    REGISTRY_UNAVAILABLE = "registry-unavailable"
    UNTRUSTED_CONTENT = "untrusted-content"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    CATALOGER_CRASHED = "cataloger-crashed"
    REPORT_INVALID = "report-invalid"
    INTERNAL = "internal"
