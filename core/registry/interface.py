"""The registry's port: what is asked of a container registry, and what it answers.

Everything a registry sends is checked against a digest or a limit before it is believed: the
registry is somebody else's, and so is the network. Errors are `core.errors.RegistryError`s.
"""

import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from yarl import URL

from core.domain.values import is_registry
from core.errors import ConfigurationError

MAX_BLOB_IN_MEMORY = 8 * 1024 * 1024
"""Bytes of a blob that is read as a whole: configurations, never layers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A registry to talk to, as enrolled by an administrator; never as an event says."""

    login_server: str
    """`demo.azurecr.io`, or with a port."""
    plain_http: bool = False
    """Speak HTTP, not HTTPS: for a registry on this machine's loopback, and no other."""
    realms: frozenset[str] = frozenset()
    """Hosts beside its own that its credentials may be sent to for a token."""

    def __post_init__(self) -> None:
        if not is_registry(self.login_server):
            raise ConfigurationError(f"{self.login_server!r} is no login server of a registry.")
        if self.plain_http and not _is_loopback(self.login_server.partition(":")[0]):
            raise ConfigurationError(
                f"{self.login_server} is not on this machine: plain HTTP would show its credentials"
                " and images to the network. Use HTTPS."
            )

    @property
    def url(self) -> URL:
        """The root of its API."""
        return URL(f"{'http' if self.plain_http else 'https'}://{self.login_server}")

    def serves(self, url: URL) -> bool:
        """Whether `url` is at the registry's own origin."""
        return origin(url) == origin(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawManifest:
    """A manifest as the registry keeps it."""

    digest: str
    """SHA-256 of the bytes, by our own count."""
    media_type: str
    """What the registry says it is. No digest covers that: what it is stands in the bytes."""
    data: bytes
    """The exact bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the registry answers about one manifest, without showing it."""

    digest: str | None
    """`None` when there is no such manifest."""
    media_type: str
    size: int | None
    at: datetime
    """When it answered, by its own clock, in whole seconds and never later than it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One manifest of a repository's listing."""

    digest: str
    tags: tuple[str, ...]
    media_type: str
    updated_at: datetime | None
    """When it was last changed, where the registry says so."""
    seen_at: datetime
    """When the registry listed it, by its own clock."""


class Registry(Protocol):
    """One registry, read-only."""

    async def manifest(self, repository: str, reference: str) -> RawManifest:
        """Fetch a manifest by digest or tag; a digest is verified."""
        ...

    async def blob(self, repository: str, digest: str, size: int) -> bytes:
        """Fetch a small blob whole; its size and digest are verified."""
        ...

    async def save_blob(self, repository: str, digest: str, size: int, path: Path) -> None:
        """Fetch a blob of any size into a file that appears only when it is whole and verified."""
        ...

    async def look(self, repository: str, reference: str) -> Seen:
        """Whether there is a manifest by that digest or tag, and which. Asked once: a manifest that
        is missing is an answer."""
        ...

    def repositories(self, after: str = "") -> AsyncIterator[str]:
        """All repositories of the registry, or those that it lists behind one of them."""
        ...

    def manifests(self, repository: str) -> AsyncIterator[Listed]:
        """All manifests of a repository, also those without a tag: an API of Azure's own."""
        ...

    def tags(self, repository: str) -> AsyncIterator[str]:
        """All tags of a repository."""
        ...


def origin(url: URL) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: what credentials belong to (RFC 6454)."""
    return url.scheme, url.host, url.port


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
