"""Answers of the API, made by hand; a test changes what it is about."""

from collections.abc import Sequence
from typing import Literal

from core.domain.values import Freshness, Health, Severity
from dev.demo.api import Child, Image, Links, Scan
from dev.demo.journey import Journey, Subject

NONE = {severity.name.lower(): 0 for severity in Severity}


def subject(name: str = "App", expected: Health | None = Health.HEALTHY) -> Subject:
    """A subject that is expected to be healthy."""
    return Subject(name=name, source="oci:x", repository="app", tag="v1", expected=expected)


def image(
    digest: str = "d",
    *,
    stage: Literal["waiting", "running", "inventoried", "completed", "failed"] = "completed",
    health: Health = Health.HEALTHY,
    freshness: Freshness = Freshness.CURRENT,
    cause: str | None = None,
    children: Sequence[Child] | None = None,
    **severities: int,
) -> Image:
    """An image that was scanned and is healthy."""
    return Image(
        repository="app",
        digest=digest,
        tags=["v1"],
        health=health,
        freshness=freshness,
        cause=cause,
        message=None,
        severities={**NONE, **severities},
        disabled=dict(NONE),
        scan=Scan(id="scan-1", stage=stage),
        inventory=None,
        children=None if children is None else list(children),
        links=Links(self="/api/x", findings="/api/x/findings", sbom="/api/x/sbom"),
    )


def child(digest: str, health: Health, platform: str = "linux/amd64", **severities: int) -> Child:
    """An image of an index."""
    counts = {**NONE, **severities}
    return Child(digest=digest, platform=platform, health=health, severities=counts)


def arrived(name: str = "App", expected: Health | None = Health.HEALTHY) -> Journey:
    """A journey whose image the registry has since second 10, as `d`."""
    journey = Journey(subject=subject(name, expected))
    journey.arrive("d", 10.0)
    return journey
