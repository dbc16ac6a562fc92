"""Messages reach their queue, encoded as the Functions host expects them."""

import base64
import uuid

import pytest
from azure.storage.queue.aio import QueueServiceClient

from core.errors import StorageUnavailable
from core.storage.account import Account
from core.storage.memory import MemoryQueues
from dev.recording import Recorder
from dev.stack.azurite import Azurite


async def test_messages_in_memory_stand_in_the_order_they_were_sent() -> None:
    queues = MemoryQueues()
    await queues.send("hints", b"1")
    await queues.send("hints", b"2")
    assert queues.messages == {"hints": [b"1", b"2"]}
    assert (await queues.length("hints"), await queues.length("others")) == (2, 0)


@pytest.mark.azurite
async def test_a_message_is_base64_in_its_queue(
    account: Account, azurite: Azurite, recorder: Recorder
) -> None:
    name = f"q{uuid.uuid4().hex}"
    await account.queues.create(name)
    recorder.take()
    await account.queues.send(name, b'{"shard": 3}')
    await account.queues.send(name, b"\x00\xff")
    sent = [request.operation for request in recorder.take()]
    assert sent == ["add message", "add message"]
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        received = [one async for one in service.get_queue_client(name).receive_messages()]
    contents = [base64.b64decode(message.content) for message in received]
    assert contents == [b'{"shard": 3}', b"\x00\xff"]
    assert (await account.queues.length(name), await account.queues.length("none")) == (2, 0)


@pytest.mark.azurite
async def test_a_message_to_a_queue_that_is_not_there_is_told(account: Account) -> None:
    with pytest.raises(StorageUnavailable):
        await account.queues.send(f"q{uuid.uuid4().hex}", b"{}")


@pytest.mark.azurite
async def test_queues_are_created_once_and_again(account: Account, azurite: Azurite) -> None:
    names = [f"q{uuid.uuid4().hex}" for _ in range(2)]
    await account.queues.create(names[0])
    await account.queues.create(*names)
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        known = [queue.name async for queue in service.list_queues()]
    assert set(names) <= set(known)
