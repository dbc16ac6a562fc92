"""Queue functions of the sample app, from message to deletion."""

import asyncio
from base64 import b64encode
from contextlib import suppress

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from tests.functions.host.running import Running

pytestmark = pytest.mark.azurite


async def test_a_message_is_delivered_once_with_its_metadata_and_deleted(running: Running) -> None:
    async with running.queue_client() as queue:
        await send(queue, '{"ü": 1}')
        await running.told("message", ['{"ü": 1}', 1, True])
        await empty(queue)
    delivered = [entry for entry in await running.journal("message") if "ü" in str(entry[0])]
    assert len(delivered) == 1


async def test_a_message_that_keeps_failing_ends_in_the_poison_queue(running: Running) -> None:
    async with running.queue_client() as queue, running.queue_client("-poison") as poison:
        await send(queue, "fail for ever")
        for delivery in (1, 2, 3):
            await running.told("message", ["fail for ever", delivery, True])
        await holds(poison, base64("fail for ever"))
        await empty(queue)


async def test_a_message_in_another_encoding_goes_to_the_poison_queue_unseen(
    running: Running,
) -> None:
    async with running.queue_client() as queue, running.queue_client("-poison") as poison:
        await send(queue, "not base64!", raw=True)
        await holds(poison, "not base64!")
        await empty(queue)
    assert "not base64!" not in str(await running.journal("message"))


async def test_a_queue_that_is_created_later_is_found(running: Running) -> None:
    await running.logged(f"Queue {running.queue}-hop: it does not exist")
    async with running.queue_client("-hop") as queue:
        await send(queue, "at last")
    await running.told("hop", ["at last"])


async def test_a_burst_is_worked_off_whole(running: Running) -> None:
    names = [f"burst {number}" for number in range(60)]
    async with running.queue_client() as queue:
        await asyncio.gather(*(send(queue, name) for name in names))
        await empty(queue)
    delivered = [entry[0] for entry in await running.journal("message")]
    assert sorted(str(name) for name in delivered if name in names) == sorted(names)


async def send(queue: QueueClient, text: str, *, raw: bool = False) -> None:
    """Send a message in base64, unless `raw`. The queue is created when the first test comes."""
    with suppress(ResourceExistsError):
        await queue.create_queue()
    await queue.send_message(text if raw else base64(text))


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


async def empty(queue: QueueClient) -> None:
    """Wait until no message is left, hidden ones included."""
    for _ in range(500):
        if not (await queue.get_queue_properties()).approximate_message_count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the queue does not become empty")


async def holds(queue: QueueClient, text: str) -> None:
    """Wait until a message of just that text is in the queue."""
    for _ in range(500):
        with suppress(ResourceNotFoundError):
            if text in [message.content for message in await queue.peek_messages(32)]:
                return
        await asyncio.sleep(0.02)
    raise AssertionError(f"no message {text!r} arrived")
