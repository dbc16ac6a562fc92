"""Large files in Azure Blob Storage (azure-storage-blob), in pieces that memory has room for."""

import asyncio
from pathlib import Path

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from core.errors import ArtifactMissing, StorageUnavailable


class BlobFiles:
    """Files as blobs of one container."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def save(self, name: str, path: Path) -> None:
        try:
            with path.open("rb") as file:
                await self._container.upload_blob(
                    name, file, length=path.stat().st_size, overwrite=True
                )
        except AzureError as error:
            raise StorageUnavailable(f"writing {name}: {error}") from error

    async def load(self, name: str, path: Path) -> None:
        try:
            download = await self._container.download_blob(name)
            with path.open("wb") as file:
                async for chunk in download.chunks():
                    await asyncio.to_thread(file.write, chunk)
        except ResourceNotFoundError as error:
            raise ArtifactMissing(f"{name} is not kept") from error
        except AzureError as error:
            raise StorageUnavailable(f"reading {name}: {error}") from error

    async def delete(self, name: str) -> None:
        try:
            await self._container.delete_blob(name)
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise StorageUnavailable(f"deleting {name}: {error}") from error
