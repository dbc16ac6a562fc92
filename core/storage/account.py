"""One storage account: its clients, opened and closed together.

A connection string opens the emulator, or an account with keys; in Azure an identity opens the
account, and there are no keys.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypedDict, cast

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from core.errors import ConfigurationError
from core.storage.blobs import BlobArtifacts, BlobInbox, open_container
from core.storage.emulator import spelled_out
from core.storage.endpoints import Endpoints
from core.storage.files import BlobFiles
from core.storage.interface import Artifacts, Files, Inbox, Queues, Tables
from core.storage.queues import AzureQueues
from core.storage.signing import AccountKeySigner, DelegatingSigner, Signer
from core.storage.tables import AzureTables

type TransportFactory = Callable[[], AsyncHttpTransport[HttpRequest, AsyncHttpResponse]]
"""Makes the transport of one client: each client closes its own."""


def direct() -> AsyncHttpTransport[HttpRequest, AsyncHttpResponse]:
    """A transport that asks nothing of its surroundings.

    The SDK's own looks for a proxy and into `~/.netrc` at every single request, in two threads,
    which is a third of what a request costs this process; and storage is not behind a proxy here.
    """
    transport = AioHttpTransport(use_env_settings=False)
    return cast("AsyncHttpTransport[HttpRequest, AsyncHttpResponse]", transport)  # else untyped


class Retries(TypedDict):
    """How the clients ask again by themselves, in the SDKs' own words."""

    retry_total: int
    initial_backoff: int
    increment_base: int
    random_jitter_range: int
    retry_backoff_factor: float
    """Of tables; the others are of blobs and queues."""


RETRIES = Retries(
    retry_total=4,
    initial_backoff=0,
    increment_base=2,
    random_jitter_range=1,
    retry_backoff_factor=0.8,
)
"""Blobs and queues are asked again after about 2, 4, 8 and 16 seconds. By themselves their clients
wait for 15 and more before the first time, which is too long for a connection that the other side
closed while it was idle. Tables are asked again at once, then after 1.6 and 3.2 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything that is kept in storage, behind its ports."""

    tables: Tables
    artifacts: Artifacts
    feeds: Files
    """Sources of advisories, as they were last good."""
    inbox: Inbox
    queues: Queues


@asynccontextmanager
async def open_account(
    connection_string: str, *, transport: TransportFactory = direct, retries: Retries = RETRIES
) -> AsyncIterator[Account]:
    """The account that a connection string names. A transport of one's own sees every request.

    `UseDevelopmentStorage=true` is the emulator on this machine. ConfigurationError when the string
    lacks a key or an endpoint.
    """
    connection_string = spelled_out(connection_string)
    signer = _signer(connection_string)
    async with AsyncExitStack() as stack:
        tables = await stack.enter_async_context(
            TableServiceClient.from_connection_string(
                connection_string, transport=transport(), **retries
            )
        )
        blobs = await stack.enter_async_context(
            BlobServiceClient.from_connection_string(
                connection_string, transport=transport(), **retries
            )
        )
        queues = await stack.enter_async_context(
            QueueServiceClient.from_connection_string(
                connection_string, transport=transport(), **retries
            )
        )
        yield await _account(tables, blobs, queues, signer)


@asynccontextmanager
async def open_account_by_identity(
    endpoints: Endpoints,
    credential: AsyncTokenCredential,
    *,
    transport: TransportFactory = direct,
) -> AsyncIterator[Account]:
    """The account at those addresses, opened with an identity, whose roles say what it may do."""
    async with AsyncExitStack() as stack:
        tables = await stack.enter_async_context(
            TableServiceClient(
                endpoints.table, credential=credential, transport=transport(), **RETRIES
            )
        )
        blobs = await stack.enter_async_context(
            BlobServiceClient(
                endpoints.blob, credential=credential, transport=transport(), **RETRIES
            )
        )
        queues = await stack.enter_async_context(
            QueueServiceClient(
                endpoints.queue, credential=credential, transport=transport(), **RETRIES
            )
        )
        signer = DelegatingSigner(endpoints.account, blobs, queues)
        yield await _account(tables, blobs, queues, signer)


async def _account(
    tables: TableServiceClient,
    blobs: BlobServiceClient,
    queues: QueueServiceClient,
    signer: Signer,
) -> Account:
    return Account(
        tables=AzureTables(tables),
        artifacts=BlobArtifacts(await open_container(blobs, "artifacts")),
        feeds=BlobFiles(await open_container(blobs, "feeds")),
        inbox=BlobInbox(await open_container(blobs, "inbox"), signer),
        queues=AzureQueues(queues),
    )


def _signer(connection_string: str) -> AccountKeySigner:
    parts = dict(part.split("=", 1) for part in connection_string.strip().split(";") if "=" in part)
    try:
        account, key = parts["AccountName"], parts["AccountKey"]
        base64.b64decode(key, validate=True)
        return AccountKeySigner(
            account=account,
            key=key,
            blob_endpoint=_endpoint(parts, "Blob"),
            queue_endpoint=_endpoint(parts, "Queue"),
        )
    except KeyError as error:
        raise ConfigurationError(f"the storage connection string has no {error}") from error
    except binascii.Error as error:
        raise ConfigurationError("the storage connection string's key is not base64") from error


def _endpoint(parts: dict[str, str], service: str) -> str:
    explicit = parts.get(f"{service}Endpoint")
    if explicit:
        return explicit
    protocol = parts.get("DefaultEndpointsProtocol", "https")
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    return f"{protocol}://{parts['AccountName']}.{service.lower()}.{suffix}"
