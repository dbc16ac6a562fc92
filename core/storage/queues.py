"""Messages in Azure Queue Storage (azure-storage-queue)."""

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import BinaryBase64EncodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from core.errors import StorageUnavailable


class AzureQueues:
    """The queues of one account."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self._clients: dict[str, QueueClient] = {}

    async def create(self, *queues: str) -> None:
        for queue in queues:
            try:
                await self._client(queue).create_queue()
            except ResourceExistsError:
                continue
            except AzureError as error:
                raise StorageUnavailable(f"creating queue {queue}: {error}") from error

    async def send(self, queue: str, message: bytes) -> None:
        try:
            await self._client(queue).send_message(message)
        except AzureError as error:
            raise StorageUnavailable(f"sending to queue {queue}: {error}") from error

    async def length(self, queue: str) -> int:
        try:
            properties = await self._client(queue).get_queue_properties()
        except ResourceNotFoundError:
            return 0
        except AzureError as error:
            raise StorageUnavailable(f"counting queue {queue}: {error}") from error
        return properties.approximate_message_count or 0

    def _client(self, queue: str) -> QueueClient:
        if queue not in self._clients:
            self._clients[queue] = self._service.get_queue_client(
                queue, message_encode_policy=BinaryBase64EncodePolicy()
            )
        return self._clients[queue]
