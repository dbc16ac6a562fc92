"""The values that events, deciders and projections share: names, severities, causes.

Grammars follow the OCI distribution specification v1.1 (repository names, tags) and the OCI image
specification v1.1 (digests).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NewType, Self

ScanId = NewType("ScanId", str)
"""One scan of one image; attempts at it are numbered from 1."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_REGISTRY = re.compile(rf"(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[1-9][0-9]{{0,4}}))?")

MAX_REPOSITORY = 255
"""Characters of a repository name, as most registries limit it (with the host, 255)."""

MAX_HOST = 253
"""Characters of a host name (RFC 1123)."""

MAX_PORT = 65_535
"""The highest TCP port."""


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
    """Whether `text` is a registry's login server: a lowercase host name with an optional port.

    Labels as RFC 1123 has them, which takes IPv4 addresses too.
    """
    found = _REGISTRY.fullmatch(text)
    return (
        found is not None and len(found["host"]) <= MAX_HOST and int(found["port"] or 0) <= MAX_PORT
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityCounts:
    """How many findings there are of each severity."""

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    negligible: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.critical + self.high + self.medium + self.low + self.negligible + self.unknown

    @property
    def worst(self) -> Severity | None:
        """The worst severity that occurs, or `None` where there is no finding."""
        return next((s for s in Severity if getattr(self, s.name.lower()) > 0), None)

    @classmethod
    def of(cls, severities: Iterable[Severity]) -> Self:
        """Count them."""
        counted = Counter(severity.name.lower() for severity in severities)
        return cls(**counted)

    def __add__(self, other: SeverityCounts) -> SeverityCounts:
        return SeverityCounts(
            critical=self.critical + other.critical,
            high=self.high + other.high,
            medium=self.medium + other.medium,
            low=self.low + other.low,
            negligible=self.negligible + other.negligible,
            unknown=self.unknown + other.unknown,
        )

    def __sub__(self, other: SeverityCounts) -> SeverityCounts:
        return SeverityCounts(
            critical=self.critical - other.critical,
            high=self.high - other.high,
            medium=self.medium - other.medium,
            low=self.low - other.low,
            negligible=self.negligible - other.negligible,
            unknown=self.unknown - other.unknown,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """Which of an image's findings rules disable, by which version of the rules."""

    subscription: str = ""
    """Whose rules they are: those of the image's subscription at that time."""
    rules_version: int = 0
    """Version of the rules' stream; 0 while there are no rules."""
    forecast: str = ""
    """Hash of what was known of exploitation; empty where no rule asks for it."""
    exemptions: Artifact | None = None
    """A JSON array that names each disabled finding and its rule; `None` where there is none."""
    counts: SeverityCounts = field(default_factory=SeverityCounts)
    patchable: int = 0
    """How many of them have a version that resolves them."""

    def same_findings(self, other: Disabled) -> bool:
        """Whether the same findings are disabled by the same rules."""
        return self.exemptions == other.exemptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What an image runs on, in the OCI image specification's words (Go's GOOS and GOARCH)."""

    os: str
    """`linux`, `windows`; empty where the image does not say."""
    architecture: str
    """`amd64`, `arm64`; empty where the image does not say."""
    variant: str | None = None
    """`v7`, `v8`, where the architecture has variants."""

    def __str__(self) -> str:
        parts = [self.os, self.architecture, self.variant]
        return "/".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an image is built from: its layers, and the base that it says it has."""

    layers: tuple[str, ...] = ()
    """Digests of the layers, bottom first, as the manifest names them; the bytes were held to them
    on their way. Empty where nobody looked."""
    base_name: str = ""
    """The image that it says it was built on. Whoever builds an image writes that, true or not;
    empty where it does not say."""
    base_digest: str = ""
    """Digest of that image, likewise."""


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


class StaleCause(StrEnum):
    """Why a verdict cannot be trusted any more, beside what makes a registry unsupported."""

    PLAN_OFF = "plan-off"
    NOT_ENROLLED = "not-enrolled"
    WITHDRAWN = "withdrawn"
    UNUSED = "unused"
    OVERDUE = "overdue"


class NotApplicableCause(StrEnum):
    """Why an image is not one that can be scanned. Never billed."""

    WINDOWS = "windows"
    ARTIFACT = "artifact"
    FOREIGN_LAYERS = "foreign-layers"
    TOO_LARGE = "too-large"
    MALFORMED = "malformed"


class FailureCause(StrEnum):
    """Why an attempt at a scan failed: a closed list, explained in `docs/operations.md`."""

    PULL_DENIED = "pull-denied"
    MANIFEST_UNKNOWN = "manifest-unknown"
    THROTTLED = "throttled"
    REGISTRY_UNAVAILABLE = "registry-unavailable"
    UNTRUSTED_CONTENT = "untrusted-content"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    CATALOGER_CRASHED = "cataloger-crashed"
    REPORT_INVALID = "report-invalid"
    NO_SANDBOX = "no-sandbox"
    INTERNAL = "internal"


class Unsupported(StrEnum):
    """Why a registry's images cannot be scanned. It is listed, and never billed."""

    FIREWALLED = "firewalled"
    NOT_ARM = "not-arm-based"
    FEATURE = "unsupported-feature"
    NOT_READY = "not-ready"


type Neglect = Literal[StaleCause.PLAN_OFF, StaleCause.NOT_ENROLLED] | Unsupported
"""Why nobody looks after a registry's images."""


class NotBilledReason(StrEnum):
    """Why the ledger does not charge a digest, or did not charge it once more."""

    NOT_APPLICABLE = "not-applicable"
    INDEX = "index"
    FAILED = "failed"
    PLAN_OFF = "plan-off"
    BILLED_BEFORE = "billed-before"
