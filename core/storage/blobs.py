"""Artifacts and the sandboxes' inbox in Azure Blob Storage (azure-storage-blob)."""

from collections import OrderedDict
from datetime import timedelta

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from core.domain.values import Artifact
from core.errors import ArtifactMissing, InvalidReport, StorageUnavailable
from core.storage.interface import artifact_of
from core.storage.signing import Signer

_RANGE_NOT_SATISFIABLE = 416
"""How a service answers who asks an empty blob for its first bytes."""

REMEMBERED = 32 * 1024 * 1024
"""Bytes of artifacts that a process keeps in memory. What a name stands for never changes."""


class BlobArtifacts:
    """Content-addressed blobs in one container.

    A name says what the bytes must be, so a blob that exists needs no second write, one that was
    read or written lately needs no read, and a read that hashes to another name is an error,
    whoever changed it.
    """

    def __init__(self, container: ContainerClient, *, remembered: int = REMEMBERED) -> None:
        self._container = container
        self._remembered = remembered
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def put(self, content: bytes) -> Artifact:
        artifact = artifact_of(content)
        try:
            await self._container.upload_blob(artifact.sha256, content, overwrite=False)
        except ResourceExistsError:
            pass  # the same bytes: there is no other way to this name
        except AzureError as error:
            raise StorageUnavailable(f"writing artifact {artifact.sha256}: {error}") from error
        self._remember(artifact.sha256, content)
        return artifact

    async def get(self, artifact: Artifact) -> bytes:
        recent = self._recent.get(artifact.sha256)
        if recent is not None and len(recent) == artifact.size:
            self._recent.move_to_end(artifact.sha256)
            return recent
        try:
            download = await self._container.download_blob(artifact.sha256)
            content = await download.readall()
        except ResourceNotFoundError as error:
            raise ArtifactMissing(f"artifact {artifact.sha256} is not there") from error
        except AzureError as error:
            raise StorageUnavailable(f"reading artifact {artifact.sha256}: {error}") from error
        if artifact_of(content) != artifact:
            raise ArtifactMissing(
                f"artifact {artifact.sha256} holds other bytes than its name says"
            )
        self._remember(artifact.sha256, content)
        return content

    def _remember(self, name: str, content: bytes) -> None:
        """Keep the bytes, unless they would push out most of what is kept."""
        if len(content) > self._remembered // 8 or name in self._recent:
            return
        self._recent[name] = content
        self._size += len(content)
        while self._size > self._remembered:
            _, oldest = self._recent.popitem(last=False)
            self._size -= len(oldest)


class BlobInbox:
    """Where sandboxes write, each to addresses that allow one blob and no reading."""

    def __init__(self, container: ContainerClient, signer: Signer) -> None:
        self._container = container
        self._signer = signer

    async def read(self, path: str, *, limit: int) -> bytes | None:
        try:
            download = await self._container.download_blob(path, offset=0, length=limit + 1)
            content = await download.readall()
        except ResourceNotFoundError:
            return None
        except HttpResponseError as error:
            if error.status_code == _RANGE_NOT_SATISFIABLE:
                return b""
            raise StorageUnavailable(f"reading {path}: {error}") from error
        except AzureError as error:
            raise StorageUnavailable(f"reading {path}: {error}") from error
        if len(content) > limit:
            raise InvalidReport(f"{path} has more than {limit} bytes")
        return content

    async def write_address(self, path: str, *, lifetime: timedelta) -> str:
        return await self._signer.create_blob(self._container.container_name, path, lifetime)

    async def report_address(self, queue: str, *, lifetime: timedelta) -> str:
        return await self._signer.add_message(queue, lifetime)


async def open_container(service: BlobServiceClient, name: str) -> ContainerClient:
    """The container of that name, created if it is not there."""
    container = service.get_container_client(name)
    try:
        await container.create_container()
    except ResourceExistsError:
        return container
    except AzureError as error:
        raise StorageUnavailable(f"opening container {name}: {error}") from error
    return container
