"""Messages in Azure Queue Storage (azure-storage-queue)."""

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import BinaryBase64EncodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from core.errors import StorageUnavailable


class AzureQueues:
    """The queues of one account, each created when a first message finds it missing."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self._clients: dict[str, QueueClient] = {}

    async def send(self, queue: str, message: bytes) -> None:
        client = self._client(queue)
        try:
            try:
                await client.send_message(message)
            except ResourceNotFoundError:
                await _create(client)
                await client.send_message(message)
        except AzureError as error:
            raise StorageUnavailable(f"sending to queue {queue}: {error}") from error

    def _client(self, queue: str) -> QueueClient:
        if queue not in self._clients:
            self._clients[queue] = self._service.get_queue_client(
                queue, message_encode_policy=BinaryBase64EncodePolicy()
            )
        return self._clients[queue]


async def _create(client: QueueClient) -> None:
    try:
        await client.create_queue()
    except ResourceExistsError:
        return
