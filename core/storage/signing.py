"""Write-only addresses for sandboxes: shared access signatures.

Signing is a port because the two places differ: the emulator knows no user-delegation keys, and in
Azure no account key is given out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from azure.core.exceptions import AzureError
from azure.storage.blob import BlobSasPermissions, generate_blob_sas
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue import QueueSasPermissions, generate_queue_sas
from azure.storage.queue.aio import QueueServiceClient

from core.errors import StorageUnavailable

KEY_LIFETIME = timedelta(hours=12)
"""How long a user delegation key is asked for: an address dies with the key that signed it, and
Azure gives keys for a week at most."""

_SKEW = timedelta(minutes=10)
"""How far the clocks of Azure may be behind ours."""


class Signer(Protocol):
    """Makes addresses that allow one thing, for a while."""

    async def create_blob(self, container: str, path: str, lifetime: timedelta) -> str:
        """A URL at which that blob can be created, and neither replaced nor read."""

    async def add_message(self, queue: str, lifetime: timedelta) -> str:
        """A URL at which messages can be added to that queue, and not read."""


class AccountKeySigner:
    """Signs with the storage account's key."""

    def __init__(self, *, account: str, key: str, blob_endpoint: str, queue_endpoint: str) -> None:
        self._account = account
        self._key = key
        self._blobs = blob_endpoint.rstrip("/")
        self._queues = queue_endpoint.rstrip("/")

    async def create_blob(self, container: str, path: str, lifetime: timedelta) -> str:
        signature = generate_blob_sas(
            self._account,
            container,
            path,
            account_key=self._key,
            permission=BlobSasPermissions(create=True),
            expiry=datetime.now(UTC) + lifetime,
        )
        return f"{self._blobs}/{container}/{path}?{signature}"

    async def add_message(self, queue: str, lifetime: timedelta) -> str:
        signature = generate_queue_sas(
            self._account,
            queue,
            account_key=self._key,
            permission=QueueSasPermissions(add=True),
            expiry=datetime.now(UTC) + lifetime,
        )
        return f"{self._queues}/{queue}/messages?{signature}"


class DelegatingSigner:
    """Signs in the name of the identity that the two clients have, which needs no account's key.

    An address allows no more than the identity itself may do, and no more than it says. The key is
    fetched once for many addresses, and anew before one would outlive it.
    """

    def __init__(self, account: str, blobs: BlobServiceClient, queues: QueueServiceClient) -> None:
        self._account = account
        self._blobs = blobs
        self._queues = queues
        self._blob_key = _Renewed(
            lambda start, end: blobs.get_user_delegation_key(
                key_start_time=start, key_expiry_time=end
            )
        )
        self._queue_key = _Renewed(
            lambda start, end: queues.get_user_delegation_key(start=start, expiry=end)
        )

    async def create_blob(self, container: str, path: str, lifetime: timedelta) -> str:
        expiry = datetime.now(UTC) + lifetime
        signature = generate_blob_sas(
            self._account,
            container,
            path,
            user_delegation_key=await self._blob_key.until(expiry),
            permission=BlobSasPermissions(create=True),
            expiry=expiry,
            protocol="https",
        )
        return f"{self._blobs.url.rstrip('/')}/{container}/{path}?{signature}"

    async def add_message(self, queue: str, lifetime: timedelta) -> str:
        expiry = datetime.now(UTC) + lifetime
        signature = generate_queue_sas(
            self._account,
            queue,
            user_delegation_key=await self._queue_key.until(expiry),
            permission=QueueSasPermissions(add=True),
            expiry=expiry,
            protocol="https",
        )
        return f"{self._queues.url.rstrip('/')}/{queue}/messages?{signature}"


class _Renewed[Key]:
    """A key that is fetched when there is none that lasts long enough."""

    def __init__(self, fetch: Callable[[datetime, datetime], Awaitable[Key]]) -> None:
        self._fetch = fetch
        self._turn = asyncio.Lock()
        self._known: tuple[datetime, Key] | None = None

    async def until(self, expiry: datetime) -> Key:
        """A key that is good until then. StorageUnavailable when none is to be had."""
        async with self._turn:
            if self._known is None or self._known[0] < expiry:
                self._known = await self._fetched(expiry)
            return self._known[1]

    async def _fetched(self, expiry: datetime) -> tuple[datetime, Key]:
        now = datetime.now(UTC)
        end = max(expiry, now + KEY_LIFETIME)
        try:
            return end, await self._fetch(now - _SKEW, end)
        except AzureError as error:
            raise StorageUnavailable(f"fetching a user delegation key: {error}") from error
