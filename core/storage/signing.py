"""Write-only addresses for sandboxes: shared access signatures.

Signing is a port because the two places differ: the emulator knows no user-delegation keys, and in
Azure no account key is given out.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from azure.storage.blob import BlobSasPermissions, generate_blob_sas
from azure.storage.queue import QueueSasPermissions, generate_queue_sas


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
