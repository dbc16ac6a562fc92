"""Values, events and commands to begin with; a test changes what it is about."""

from datetime import UTC, datetime, timedelta

from core.domain.values import Artifact, ImageName

REGISTRY = "demo.azurecr.io"
REPOSITORY = "team/app"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def at(minute: int) -> datetime:
    """A moment, in minutes after the test's beginning."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def digest(number: int) -> str:
    """One of many digests; greater numbers are greater digests."""
    return f"sha256:{number:064x}"


def image_name(number: int = 1) -> ImageName:
    """One of many images of a repository."""
    return ImageName(registry=REGISTRY, repository=REPOSITORY, digest=digest(number))


def artifact(number: int = 1) -> Artifact:
    """One of many references to a blob."""
    return Artifact(sha256=f"{number:064x}", size=number)
