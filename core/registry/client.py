"""A registry over its V2 API: manifests and blobs that are what their digests say, and listings.

After the OCI distribution specification v1.1 and, for the catalogue, Docker's registry HTTP API V2.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import Self

from aiohttp import ClientResponse
from aiohttp.abc import AbstractResolver
from yarl import URL

from core.domain.values import is_digest, is_repository, is_tag
from core.errors import InvalidReference, UntrustedContent
from core.registry.answers import expect, moment, read, receive
from core.registry.authentication import Authentication, ByChallenge
from core.registry.boundary import Zone
from core.registry.challenges import parse_challenges
from core.registry.interface import MAX_BLOB_IN_MEMORY, Endpoint, Listed, RawManifest, Seen
from core.registry.listings import MAX_PAGE, PAGE, next_page, parse_manifests, parse_page
from core.registry.manifests import MAX_MANIFEST
from core.registry.media_types import ACCEPT
from core.registry.patience import PATIENCE, Patience
from core.registry.transport import Method, Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One page of a listing, and where the next is."""

    at: datetime
    body: bytes
    next: URL | None


class RegistryClient:
    """One registry, read-only. Entered as a context, which ends its connections.

    Without an authentication it shows nothing, which is enough where pulls are anonymous.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        authentication: Authentication | None = None,
        patience: Patience = PATIENCE,
        *,
        ssl_context: SSLContext | None = None,
        resolver: AbstractResolver | None = None,
        reach: Zone | None = None,
    ) -> None:
        """The last three are for certificates and names of one's own, and a narrower boundary."""
        self._endpoint = endpoint
        self._authentication = authentication or ByChallenge()
        self._patience = patience
        self._transport = Transport(
            endpoint, patience, ssl_context=ssl_context, resolver=resolver, reach=reach
        )

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def manifest(self, repository: str, reference: str) -> RawManifest:
        """Fetch a manifest by digest or tag. A digest is verified; for a tag it is counted.

        Asked for again while it is missing: a registry that replicates says `manifest unknown` for
        a while after the push.
        """
        if not is_digest(reference) and not is_tag(reference):
            raise InvalidReference(f"{reference[:80]!r} is neither a digest nor a tag.")
        return await self._patience.insist(
            partial(self._manifest, repository, reference),
            within=self._patience.answer,
            even_if_missing=True,
        )

    async def blob(self, repository: str, digest: str, size: int) -> bytes:
        """Fetch a small blob whole: a configuration. Its size and digest are verified."""
        if size > MAX_BLOB_IN_MEMORY:
            raise UntrustedContent(f"blob {digest}: {size} bytes are too many to be held in memory")
        body = bytearray()
        await self._download(repository, digest, size, body.extend, body.clear)
        return bytes(body)

    async def save_blob(self, repository: str, digest: str, size: int, path: Path) -> None:
        """Fetch a blob of any size into a file, which appears only when it is whole and verified.

        The size is the descriptor's: nothing beyond it is ever written.
        """
        partial_path = path.with_name(path.name + ".part")
        try:
            with partial_path.open("wb") as file:

                def restart() -> None:
                    file.seek(0)
                    file.truncate()

                await self._download(repository, digest, size, file.write, restart)
            partial_path.replace(path)
        finally:
            partial_path.unlink(missing_ok=True)

    async def look(self, repository: str, reference: str) -> Seen:
        """Whether there is a manifest by that digest or tag, and which."""
        if not is_digest(reference) and not is_tag(reference):
            raise InvalidReference(f"{reference[:80]!r} is neither a digest nor a tag.")
        return await self._patience.insist(
            partial(self._look, repository, reference), within=self._patience.answer
        )

    async def repositories(self, after: str = "") -> AsyncIterator[str]:
        """All repositories of the registry, page by page; or those behind one of them."""
        url = self._url("_catalog") % ({"n": PAGE, "last": after} if after else {"n": PAGE})
        what = "list of repositories"
        async for page in self._listing(url, "registry:catalog:*", what):
            for name in parse_page(page.body, self._named(what)):
                yield _believed(is_repository(name), name)

    async def tags(self, repository: str) -> AsyncIterator[str]:
        """All tags of a repository, page by page."""
        scope = f"repository:{repository}:pull,metadata_read"  # Azure keeps the two apart
        url = self._url(f"{_checked(repository)}/tags/list") % {"n": PAGE}
        what = f"list of tags of {repository}"
        async for page in self._listing(url, scope, what):
            for name in parse_page(page.body, self._named(what)):
                yield _believed(is_tag(name), name)

    async def manifests(self, repository: str) -> AsyncIterator[Listed]:
        """All manifests of a repository, page by page, by Azure's own API."""
        scope = f"repository:{repository}:metadata_read"
        path = f"acr/v1/{_checked(repository)}/_manifests"
        url = (self._endpoint.url / path) % {"n": PAGE}
        what = f"list of manifests of {repository}"
        async for page in self._listing(url, scope, what):
            for listed in parse_manifests(page.body, page.at, self._named(what)):
                yield listed

    async def _manifest(self, repository: str, reference: str) -> RawManifest:
        what = self._named(f"manifest {reference} of {repository}")
        async with self._open(repository, f"manifests/{reference}", accept=ACCEPT) as response:
            expect(response, what)
            data = await read(response, MAX_MANIFEST, what)
            stated = response.headers.get("Docker-Content-Digest", "")
            media_type = response.content_type
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        wanted = reference if is_digest(reference) else stated
        if is_digest(wanted) and wanted != digest:
            raise UntrustedContent(f"{what}: the bytes hash to {digest}, not to {wanted}")
        return RawManifest(digest=digest, media_type=media_type, data=data)

    async def _download(
        self,
        repository: str,
        digest: str,
        size: int,
        write: Callable[[bytes], object],
        restart: Callable[[], object],
    ) -> None:
        """Fetch a blob into `write`; `restart` comes first, and again before every new try."""
        if not is_digest(digest):
            raise InvalidReference(f"{digest[:80]!r} is no digest of a blob.")
        what = self._named(f"blob {digest} of {repository}")

        async def attempt() -> None:
            restart()
            async with self._open(repository, f"blobs/{digest}") as response:
                expect(response, what)
                await receive(response, size, digest, write, what)

        await self._patience.insist(attempt, within=self._patience.download, even_if_missing=True)

    async def _look(self, repository: str, reference: str) -> Seen:
        what = self._named(f"manifest {reference} of {repository}")
        async with self._open(
            repository, f"manifests/{reference}", accept=ACCEPT, method="HEAD"
        ) as response:
            at = moment(response, what)
            if response.status == 404:
                return Seen(digest=None, media_type="", size=None, at=at)
            expect(response, what)
            digest = response.headers.get("Docker-Content-Digest", reference)
            if not is_digest(digest):
                raise UntrustedContent(f"{what}: it does not say which digest that is")
            return Seen(
                digest=digest,
                media_type=response.content_type,
                size=response.content_length,
                at=at,
            )

    async def _listing(self, first: URL, scope: str, what: str) -> AsyncIterator[_Page]:
        url: URL | None = first
        for _ in range(self._patience.pages):
            if url is None:
                return
            page = await self._patience.insist(
                partial(self._page, url, scope, self._named(what)), within=self._patience.answer
            )
            yield page
            url = page.next
        raise UntrustedContent(f"The {self._named(what)} has no end.")

    async def _page(self, url: URL, scope: str, what: str) -> _Page:
        async with self._send(url, scope, {}) as response:
            expect(response, what)
            return _Page(
                at=moment(response, what),
                body=await read(response, MAX_PAGE, what),
                next=next_page(response.headers.get("Link"), url, self._endpoint),
            )

    @asynccontextmanager
    async def _open(
        self, repository: str, path: str, accept: str = "*/*", method: Method = "GET"
    ) -> AsyncIterator[ClientResponse]:
        url = self._url(f"{_checked(repository)}/{path}")
        scope = f"repository:{repository}:pull"
        async with self._send(url, scope, {"Accept": accept}, method) as response:
            yield response

    @asynccontextmanager
    async def _send(
        self, url: URL, scope: str, headers: dict[str, str], method: Method = "GET"
    ) -> AsyncIterator[ClientResponse]:
        """Send a GET (or a HEAD), and again where the registry asks for more than it was shown."""
        authorization = await self._authentication.authorization(self._transport, scope)
        async with self._transport.get(url, headers, authorization, method) as response:
            if response.status != 401 or not self._endpoint.serves(response.url):
                yield response
                return
            challenges = parse_challenges(response.headers.getall("WWW-Authenticate", []))
        authorization = await self._authentication.answer(self._transport, challenges, scope)
        async with self._transport.get(url, headers, authorization, method) as response:
            yield response

    def _url(self, path: str) -> URL:
        return self._endpoint.url / "v2" / path

    def _named(self, what: str) -> str:
        return f"{what} in {self._endpoint.login_server}"


def _checked(repository: str) -> str:
    """Refuse what is no repository before it becomes part of a URL."""
    if not is_repository(repository):
        raise InvalidReference(f"{repository[:255]!r} is no repository.")
    return repository


def _believed(valid: bool, name: str) -> str:
    if not valid:
        raise UntrustedContent(f"The registry lists {name[:128]!r}, which is no valid name.")
    return name
