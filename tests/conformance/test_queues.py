"""Messages reach their queue, encoded as the Functions host expects them."""

import base64
import uuid

import pytest
from azure.storage.queue.aio import QueueServiceClient

from core.storage.account import Account
from core.storage.memory import MemoryQueues
from dev.recording import Recorder
from dev.stack.azurite import Azurite


async def test_messages_in_memory_stand_in_the_order_they_were_sent() -> None:
    queues = MemoryQueues()
    await queues.send("hints", b"1")
    await queues.send("hints", b"2")
    assert queues.messages == {"hints": [b"1", b"2"]}


@pytest.mark.azurite
async def test_a_message_is_base64_in_a_queue_made_on_first_use(
    account: Account, azurite: Azurite, recorder: Recorder
) -> None:
    name = f"q{uuid.uuid4().hex}"
    recorder.take()
    await account.queues.send(name, b'{"shard": 3}')
    await account.queues.send(name, b"\x00\xff")
    sent = [request.operation for request in recorder.take()]
    assert sent == ["add message", "write queue", "add message", "add message"]
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        received = [one async for one in service.get_queue_client(name).receive_messages()]
    contents = [base64.b64decode(message.content) for message in received]
    assert contents == [b'{"shard": 3}', b"\x00\xff"]
