"""The sandbox's port: what goes in (an order), what comes out (an outcome), and how one is run.

An image's content is untrusted. It is read in a sandbox that holds nothing worth stealing: a token
that pulls one repository, and three write-only URLs that all end with the scan. Everything outside
is named by scan and attempt, so that starting, asking and stopping can be repeated freely, and a
late sandbox can never be mistaken for its successor.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.domain.events import Priority
from core.domain.values import (
    Artifact,
    FailureCause,
    ImageName,
    NotApplicableCause,
    Origin,
    ScanId,
)

MIB = 1024 * 1024
GIB = 1024 * MIB


class CatalogerName(StrEnum):
    """The tool that lists the packages. Both give CycloneDX."""

    TRIVY = "trivy"
    SYFT = "syft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one attempt may use. Beyond any of them it ends, with a cause that says which."""

    seconds: int = 900
    """From the start of the agent to its outcome."""
    compressed_bytes: int = 8 * GIB
    """Layers as the registry stores them, all together."""
    unpacked_bytes: int = 32 * GIB
    """Layers decompressed, all together: counted before a cataloger sees them."""
    memory_bytes: int = 2 * GIB
    """Memory of the cataloger, its scratch space not included."""
    cpus: int = 1
    """Processors, where a sandbox is a machine of its own."""
    scratch_bytes: int = GIB
    """Temporary files of the cataloger."""
    sbom_bytes: int = 64 * MIB
    """The inventory, as CycloneDX JSON."""
    packages: int = 100_000
    """Components in the inventory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """All that a sandbox is told. It contains secrets: never logged, passed on standard input."""

    scan: ScanId
    attempt: int
    """From 1."""
    image: ImageName
    """The login server as enrolled, never as an event says."""
    token: str | None = field(repr=False)
    """Bearer token that pulls this one repository for minutes; none where pulls are anonymous."""
    plain_http: bool = False
    """Speak HTTP, not HTTPS: for a registry on this machine's loopback, and no other."""
    cataloger: CatalogerName = CatalogerName.TRIVY
    limits: Limits = Limits()
    sbom_url: str = field(repr=False)
    """Create-only SAS URL of the inventory's blob."""
    outcome_url: str = field(repr=False)
    """Create-only SAS URL of the outcome's blob."""
    report_url: str = field(repr=False)
    """Add-only SAS URL of the report queue's messages."""


class Status(StrEnum):
    """How an attempt ended."""

    INVENTORIED = "inventoried"
    INDEX = "index"
    """The digest is a multi-architecture index: nothing to inventory, children to look at."""
    NOT_APPLICABLE = "not-applicable"
    FAILED = "failed"


class ChildKind(StrEnum):
    """What a manifest inside an index is."""

    IMAGE = "image"
    INDEX = "index"
    """Another index, to be looked at in its turn."""
    ATTESTATION = "attestation"
    ARTIFACT = "artifact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One manifest inside an index, as the index describes it."""

    digest: str
    media_type: str
    kind: ChildKind
    os: str = ""
    architecture: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one attempt found. Written by a sandbox, so believed only after `outcomes.decode`."""

    scan: ScanId
    attempt: int
    image: ImageName
    status: Status
    cause: NotApplicableCause | FailureCause | None = None
    """Set when the image is not applicable or the attempt failed, and only then."""
    message: str = ""
    """One sentence for people: what happened, to what."""
    os: str = ""
    """From the image's configuration: a cataloger finds nothing in a Windows image, and says so
    with success."""
    architecture: str = ""
    variant: str = ""
    cataloger: str = ""
    cataloger_version: str = ""
    sbom: Artifact | None = None
    """Hash and size of the inventory's blob; set when inventoried, and only then."""
    packages: int = 0
    """Components in the inventory, as the sandbox counted them: for display, not for decisions."""
    origin: Origin = field(default_factory=Origin)
    """What the image is built from; set when inventoried, and only then."""
    children: tuple[Child, ...] = ()
    """Set for an index, and only then."""
    started_at: datetime
    fetched_at: datetime | None = None
    """When all layers had arrived."""
    finished_at: datetime


class Presence(StrEnum):
    """Whether a sandbox is still there. How it went stands in its outcome, not here."""

    RUNNING = "running"
    GONE = "gone"


class Sandbox(Protocol):
    """Runs orders. Every method may be repeated; each raises `SandboxError` when it cannot act."""

    @property
    def together(self) -> int:
        """How many orders of one repository are better started together than one by one. Those that
        are, fit together into one machine (`core/sandbox/sizes.py`)."""
        ...

    async def room(self, priority: Priority) -> int:
        """How many calls of `start` would be taken now for scans of that priority; with none,
        waiting is no failure."""
        ...

    async def start(self, *orders: Order) -> None:
        """Start the orders' sandboxes, but for those that run already: one of this scan and
        attempt. `SandboxUnavailable` when there is none to be had for now."""
        ...

    async def status(self, scan: ScanId, attempt: int) -> Presence:
        """Whether the sandbox of this scan and attempt is still there."""
        ...

    async def stop(self, scan: ScanId, attempt: int) -> Presence:
        """End the sandbox, if it is there. When it is gone, it is with all its processes; one that
        is still running afterwards ends by itself: ask again later."""
        ...

    async def sweep(self) -> None:
        """Remove what sandboxes left that nobody looks after any more."""
        ...


def sandbox_name(scan: ScanId, attempt: int) -> str:
    """The sandbox's name: valid for a container group, a folder and a process; no user text."""
    return "pratique-" + hashlib.sha256(f"{scan}/{attempt}".encode()).hexdigest()[:24]
