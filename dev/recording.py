"""Which requests storage was sent: for tests that assert the exact list, and for the bench.

A `Recorder` makes the transports of `core.storage.account.open_account`, which then see every
request of every client just before it leaves, retries included.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from core.storage.account import direct

_TABLE_ROW = re.compile(r"/(?P<table>\w+)\(PartitionKey='(?P<partition>.*)',RowKey='(?P<key>.*)'\)")
_TABLE_QUERY = re.compile(r"/(?P<table>\w+)\(\)")
_FIRST_OF_TRANSACTION = re.compile(rb"^(?:POST|PUT|DELETE|PATCH) (?P<url>\S+) HTTP", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, in the words of the service that it went to."""

    operation: str
    """`read row`, `commit`, `query`, `write blob`, `send message` …"""
    target: str
    """The table, container or queue."""
    key: str = ""
    """The row's key or the blob's name, where the request names one."""
    size: int = 0
    """Bytes of the body."""


@dataclass(slots=True)
class Recorder:
    """Every request that went through its transports, in order."""

    requests: list[Request] = field(default_factory=list)

    def transport(self) -> AsyncHttpTransport[HttpRequest, AsyncHttpResponse]:
        """A transport for one client: pass this method as `open_account`'s transport factory."""
        return RecordingTransport(self.requests)

    def take(self) -> list[Request]:
        """What came since the last look."""
        taken = list(self.requests)
        self.requests.clear()
        return taken

    def by_operation(self) -> Counter[str]:
        """How many requests there were of each kind, `commit log`."""
        return Counter(f"{one.operation} {one.target}".strip() for one in self.requests)


class RecordingTransport(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """An azure-core transport that writes down what it sends."""

    def __init__(self, requests: list[Request]) -> None:
        self._inner = direct()
        self._requests = requests

    async def send(self, request: HttpRequest, **kwargs: object) -> AsyncHttpResponse:
        self.record(request)
        return await self.pass_on(request, **kwargs)

    async def pass_on(self, request: HttpRequest, **kwargs: object) -> AsyncHttpResponse:
        """Send a request, and write nothing down."""
        response: AsyncHttpResponse = await self._inner.send(request, **kwargs)
        return response

    def record(self, request: HttpRequest) -> None:
        """Write a request down."""
        self._requests.append(describe(request))

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)


def describe(request: HttpRequest) -> Request:
    """What a request asks for; the service is told by the SDK that made it."""
    content = getattr(request, "data", None) or getattr(request, "content", None)
    body = content if isinstance(content, bytes) else b""
    agent = str(request.headers.get("User-Agent", ""))
    path = unquote(urlsplit(request.url).path)
    if "data-tables" in agent:
        return _table_request(request.method, path, body)
    if "storage-queue" in agent:
        return _queue_request(request.method, path, len(body))
    return _blob_request(request.method, path, len(body))


def _table_request(method: str, path: str, body: bytes) -> Request:
    size = len(body)
    if path.endswith("/$batch"):
        return Request(operation="commit", target=_committed_table(body), size=size)
    row = _TABLE_ROW.search(path)
    if row is not None:
        return Request(operation=_VERBS[method] + " row", target=row["table"], key=row["key"])
    query = _TABLE_QUERY.search(path)
    if query is not None:
        return Request(operation="query", target=query["table"])
    return Request(operation=_VERBS[method] + " table", target=path.rsplit("/", 1)[-1], size=size)


def _committed_table(body: bytes) -> str:
    """The table that a transaction is for stands in the address of its first part."""
    first = _FIRST_OF_TRANSACTION.search(body)
    path = urlsplit(unquote(first["url"].decode())).path if first else ""
    return path.rsplit("/", 1)[-1].partition("(")[0]


def _queue_request(method: str, path: str, size: int) -> Request:
    queue, _, messages = path.partition("/messages")
    what = " message" if messages or path.endswith("/messages") else " queue"
    return Request(operation=_VERBS[method] + what, target=queue.rsplit("/", 1)[-1], size=size)


def _blob_request(method: str, path: str, size: int) -> Request:
    parts = path.removeprefix("/devstoreaccount1").strip("/").split("/", 1)
    what = " blob" if len(parts) == 2 else " container"
    return Request(
        operation=_VERBS[method] + what,
        target=parts[0],
        key=parts[1] if len(parts) == 2 else "",
        size=size,
    )


_VERBS = {
    "GET": "read",
    "HEAD": "look at",
    "PUT": "write",
    "POST": "add",
    "PATCH": "merge",
    "DELETE": "delete",
}
