"""Asks a registry how large an image is, before its sandbox is made.

The manifest says so; the event of a push does not (its size is the manifest's own). It is read as
strictly as the sandbox reads it, and nothing rests on it but how much of a machine is asked for: an
image that lies about its layers fails on the first of them, in the sandbox.
"""

import asyncio
import logging
from typing import Protocol

from core.domain.values import ImageName
from core.errors import InvalidManifest, RegistryError
from core.reconcile.holdings import Connect
from core.registry.interface import Endpoint
from core.registry.manifests import Manifest, parse_manifest

logger = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds: a start is not to wait for what it can do without."""


class Weighing(Protocol):
    """Knows how large images are."""

    async def size(self, endpoint: Endpoint, image: ImageName) -> int | None:
        """Bytes of the image's layers, as the registry stores them; `None` where that cannot be
        known, or it is no image."""
        ...


class Unweighed:
    """Nobody knows: every image gets the usual room."""

    async def size(self, endpoint: Endpoint, image: ImageName) -> int | None:
        return None


class ManifestWeighing:
    """Reads it in the manifest."""

    def __init__(self, connect: Connect, *, patience: float = PATIENCE) -> None:
        self._connect = connect
        self._patience = patience

    async def size(self, endpoint: Endpoint, image: ImageName) -> int | None:
        try:
            async with asyncio.timeout(self._patience), self._connect(endpoint) as registry:
                raw = await registry.manifest(image.repository, image.digest)
            document = parse_manifest(raw.data)
        except (RegistryError, InvalidManifest, TimeoutError) as error:
            logger.info("nobody says how large %s is: %s", image, error)
            return None
        return document.size if isinstance(document, Manifest) else None
