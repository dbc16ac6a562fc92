"""Azure Resource Manager (ARM), as far as enrolment asks it: lists, and what is to be there.

Plain requests over Azure's own pipeline (tokens, retries, `Retry-After`): the few resources that
are read here would otherwise bring a client library each.
"""

from collections.abc import AsyncIterator

import msgspec
from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncRetryPolicy,
    HeadersPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from yarl import URL

from core.errors import AccessDenied, NotFound, RegistryUnavailable, Throttled, UntrustedContent
from core.registry.interface import origin

PAGES = 1_000
"""Pages of one list: whatever has more has no end."""
_RETRIES = 3

type _Client = AsyncPipelineClient[HttpRequest, AsyncHttpResponse]


class _Page(msgspec.Struct, frozen=True):
    value: list[msgspec.Raw]
    next: str | None = msgspec.field(name="nextLink", default=None)


class ResourceManager:
    """One cloud's resource manager. Whoever made it closes it."""

    def __init__(
        self,
        credential: AsyncTokenCredential,
        *,
        url: str,
        scope: str,
        transport: AsyncHttpTransport[HttpRequest, AsyncHttpResponse] | None = None,
    ) -> None:
        self._url = URL(url)
        policies = [
            HeadersPolicy({"Accept": "application/json"}),
            UserAgentPolicy("pratique"),
            AsyncRetryPolicy(retry_total=_RETRIES, retry_backoff_factor=0.2),
            AsyncBearerTokenCredentialPolicy(credential, scope),
        ]
        self._client: _Client = AsyncPipelineClient(url, policies=policies, transport=transport)

    async def close(self) -> None:
        """End its connections."""
        await self._client.close()

    async def list(self, path: str, version: str, *, what: str) -> AsyncIterator[bytes]:
        """Every item of a list, as JSON, page by page, to its end."""
        url: URL | None = self._at(path, version)
        for _ in range(PAGES):
            if url is None:
                return
            page = _decoded(await self._send("GET", url, what), what)
            for item in page.value:
                yield bytes(item)
            url = self._next(page.next, what)
        raise UntrustedContent(f"The {what} has no end.")

    async def exists(self, path: str, version: str, *, what: str) -> bool:
        """Whether there is such a resource."""
        try:
            await self._send("GET", self._at(path, version), what)
        except NotFound:
            return False
        return True

    async def put(self, path: str, version: str, body: object, *, what: str) -> None:
        """Make a resource. One that is being made is as good as made."""
        await self._send("PUT", self._at(path, version), what, body)

    async def _send(self, method: str, url: URL, what: str, body: object = None) -> bytes:
        request = HttpRequest(method, str(url), json=body)
        try:
            response = await self._client.send_request(request)
        except ClientAuthenticationError as error:
            raise AccessDenied(f"Entra ID gives the app no token to read the {what}.") from error
        except AzureError as error:
            raise RegistryUnavailable(f"Azure Resource Manager does not answer: {what}.") from error
        _expect(response, what)
        return response.content

    def _at(self, path: str, version: str) -> URL:
        return (self._url / path.lstrip("/")) % {"api-version": version}

    def _next(self, link: str | None, what: str) -> URL | None:
        """The next page, which must be at the resource manager too: it is shown our token."""
        if not link:
            return None
        try:
            url = URL(link)
        except ValueError as error:
            raise UntrustedContent(f"The {what} continues at no URL.") from error
        if origin(url) != origin(self._url):
            raise UntrustedContent(f"The {what} continues somewhere else.")
        return url


def _decoded(content: bytes, what: str) -> _Page:
    try:
        return msgspec.json.decode(content, type=_Page)
    except (ValueError, RecursionError) as error:
        raise RegistryUnavailable(f"The answer is no {what}.") from error


def _expect(response: AsyncHttpResponse, what: str) -> None:
    match response.status_code:
        case 200 | 201 | 202:
            return
        case 401 | 403:
            raise AccessDenied(f"The app's identity may not touch the {what}: check its roles.")
        case 404:
            raise NotFound(f"There is no {what}.")
        case 429 | 503:
            raise Throttled(f"Azure is too busy for the {what}.", retry_after=60.0)
        case status:
            raise RegistryUnavailable(f"Azure answers {status} to a request for the {what}.")
