"""The keys with which tokens are signed, as their issuer publishes them, kept for a while.

They change without notice, so one that is not known is looked for; but no oftener than once in a
while, whatever strangers show. While the issuer does not answer, the keys that it gave last are
believed for a day. Source: OpenID Connect Discovery 1.0, RFC 7517.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import aiohttp
import jwt
import msgspec

from core.errors import KeysUnavailable

logger = logging.getLogger(__name__)

ALGORITHM = "RS256"
"""The one algorithm with which Microsoft Entra signs; no token may choose another."""

FRESH = 12 * 3600.0
"""Seconds after which keys are read anew."""
APART = 60.0
"""Seconds that pass, at least, between two looks for keys."""
SOON = 5.0
"""Seconds after which a look that failed is tried again."""
KEPT = 24 * 3600.0
"""Seconds for which keys are believed without their issuer."""

_LARGEST = 1024 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=10)

type Fetch = Callable[[str], Awaitable[bytes]]
"""The document at that URL; KeysUnavailable when there is none to be had."""


class _Metadata(msgspec.Struct, frozen=True):
    """What an issuer says of itself, as far as we need it."""

    jwks_uri: str


class _Keys(msgspec.Struct, frozen=True):
    """A set of keys, each still to be read."""

    keys: list[dict[str, object]]


class PublishedKeys:
    """The keys of one issuer."""

    def __init__(
        self, metadata: str, fetch: Fetch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._metadata = metadata
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = -math.inf
        self._next_at = clock()
        self._looking = asyncio.Lock()

    async def find(self, name: str) -> jwt.PyJWK | None:
        """The key of that name, if the issuer has one. KeysUnavailable where nobody can tell."""
        if self._due(name) and not (name in self._keys and self._looking.locked()):
            async with self._looking:
                if self._due(name):
                    await self._look()
        if not self._keys or self._clock() - self._read_at > KEPT:
            raise KeysUnavailable("the issuer of tokens does not say with which keys it signs")
        return self._keys.get(name)

    def _due(self, name: str) -> bool:
        now = self._clock()
        wanted = name not in self._keys or now - self._read_at >= FRESH
        return wanted and now >= self._next_at

    async def _look(self) -> None:
        """Read the keys; those of before are kept when that fails."""
        try:
            found = await self._published()
        except KeysUnavailable as error:
            logger.warning("keys of tokens: %s", error)
            self._next_at = self._clock() + SOON
            return
        self._keys, self._read_at = found, self._clock()
        self._next_at = self._read_at + APART

    async def _published(self) -> dict[str, jwt.PyJWK]:
        try:
            metadata = msgspec.json.decode(await self._fetch(self._metadata), type=_Metadata)
            _check_secure(metadata.jwks_uri)
            listed = msgspec.json.decode(await self._fetch(metadata.jwks_uri), type=_Keys)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise KeysUnavailable(f"{self._metadata}: {error}") from error
        found = {str(one["kid"]): key for one in listed.keys if (key := _usable(one))}
        if not found:
            raise KeysUnavailable(f"{metadata.jwks_uri} lists no key that signs tokens")
        return found


async def fetch(url: str) -> bytes:
    """The document at that URL, over the network."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise KeysUnavailable(f"{url} answered {response.status}")
            return await _body(response)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise KeysUnavailable(f"{url}: {type(error).__name__}") from error


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LARGEST:
            raise KeysUnavailable(f"{response.url} sends more than {_LARGEST} bytes")
    return bytes(body)


def _usable(entry: dict[str, object]) -> jwt.PyJWK | None:
    """The key, if it is one with which our algorithm signs; others are none of our business."""
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or "kid" not in entry:
        return None
    if entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    try:
        return jwt.PyJWK(entry, ALGORITHM)
    except jwt.PyJWTError:
        return None


def _check_secure(url: str) -> None:
    """No key comes over a line that anybody may write to, but from this machine itself."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname != "127.0.0.1":
        raise KeysUnavailable(f"keys are at {url[:200]!r}, which is not https")
