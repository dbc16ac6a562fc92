"""The queue listener on its own, with functions that can be watched and times that are short."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from dev.host.config import QueueOptions
from dev.host.queues import Invoke, QueueListener, poison_name
from dev.stack.azurite import Azurite

pytestmark = pytest.mark.azurite


class Queue:
    """A queue of the test's own, and its poison queue."""

    def __init__(self, service: QueueServiceClient) -> None:
        name = f"listener-{uuid4().hex[:12]}"
        self.client: QueueClient = service.get_queue_client(name)
        self.poison: QueueClient = service.get_queue_client(f"{name}-poison")

    async def send(self, *texts: str) -> None:
        for text in texts:
            await self.client.send_message(b64encode(text.encode()).decode())

    async def count(self) -> int:
        return (await self.client.get_queue_properties()).approximate_message_count or 0


@pytest.fixture
async def queue(azurite: Azurite) -> AsyncIterator[Queue]:
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        made = Queue(service)
        await made.client.create_queue()
        yield made
        await made.client.delete_queue()
        with suppress(ResourceNotFoundError):
            await made.poison.delete_queue()


@asynccontextmanager
async def listening(
    queue: Queue,
    invoke: Invoke,
    *,
    options: QueueOptions | None = None,
    hidden: timedelta = timedelta(minutes=10),
    poison: bool = True,
) -> AsyncIterator[QueueListener]:
    """A listener at work, which is stopped and waited for at the end."""
    chosen = options or QueueOptions(max_polling_interval=timedelta(milliseconds=100))
    listener = QueueListener(
        queue.client, queue.poison if poison else None, options=chosen, invoke=invoke, hidden=hidden
    )
    running = asyncio.create_task(listener.run())
    yield listener
    listener.stop()
    await asyncio.wait_for(running, 10)


async def until(condition: asyncio.Event) -> None:
    await asyncio.wait_for(condition.wait(), 10)


async def test_no_more_messages_are_taken_than_batch_and_threshold_allow(queue: Queue) -> None:
    at_work, most, go = 0, 0, asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await until(go)
        at_work -= 1
        return True

    await queue.send(*(str(number) for number in range(12)))
    options = QueueOptions(
        batch_size=4, new_batch_threshold=2, max_polling_interval=timedelta(milliseconds=100)
    )
    async with listening(queue, invoke, options=options):
        await asyncio.sleep(0.5)
        assert at_work == 4, "a second batch would be beyond the threshold"
        go.set()
        while await queue.count():
            await asyncio.sleep(0.02)
    assert most <= 6


async def test_a_message_stays_hidden_as_long_as_its_function_runs(queue: Queue) -> None:
    deliveries: list[int] = []
    began, go = asyncio.Event(), asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        deliveries.append(message.dequeue_count or 0)
        began.set()
        await until(go)
        return True

    await queue.send("long")
    async with listening(queue, invoke, hidden=timedelta(seconds=2)):
        await until(began)
        await asyncio.sleep(3.5)
        go.set()
        while await queue.count():
            await asyncio.sleep(0.02)
    assert deliveries == [1]


async def test_a_message_that_failed_comes_back_after_the_visibility_timeout(queue: Queue) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    again = asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        times.append(loop.time())
        if message.dequeue_count == 2:
            again.set()
        return message.dequeue_count == 2

    await queue.send("fails once")
    options = QueueOptions(
        visibility_timeout=timedelta(seconds=2), max_polling_interval=timedelta(milliseconds=100)
    )
    async with listening(queue, invoke, options=options):
        await until(again)
    assert times[1] - times[0] > 1, "the emulator counts whole seconds"


async def test_a_message_taken_too_often_is_buried_without_another_run(queue: Queue) -> None:
    runs = 0

    async def invoke(message: QueueMessage, text: str) -> bool:
        nonlocal runs
        runs += 1
        return True

    await queue.send("crashed its host")
    for _ in range(2):
        message = await queue.client.receive_message()
        assert message is not None
        await queue.client.update_message(message, visibility_timeout=0)
    options = QueueOptions(max_dequeue_count=2, max_polling_interval=timedelta(milliseconds=100))
    async with listening(queue, invoke, options=options):
        while await queue.count():
            await asyncio.sleep(0.02)
    assert runs == 0
    assert len(await queue.poison.peek_messages()) == 1


async def test_without_a_poison_queue_a_failed_message_stays_hidden(queue: Queue) -> None:
    runs = asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        runs.set()
        return False

    await queue.send("fails")
    async with listening(queue, invoke, poison=False):
        await until(runs)
    assert await queue.count() == 1
    assert not await queue.client.peek_messages(), "it is hidden, not lost"


async def test_stopping_lets_messages_at_work_finish_and_takes_no_more(queue: Queue) -> None:
    began, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        began.set()
        await until(go)
        done.set()
        return True

    await queue.send("at work")
    async with listening(queue, invoke) as listener:
        await until(began)
        listener.stop()
        await asyncio.sleep(0.2)
        await queue.send("too late")
        go.set()
    assert done.is_set()
    assert [message.content for message in await queue.client.peek_messages()] == [
        b64encode(b"too late").decode()
    ]


async def test_a_message_that_somebody_else_deleted_troubles_nobody(queue: Queue) -> None:
    seen: list[str] = []
    second = asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        seen.append(text)
        if text == "first":
            await queue.client.delete_message(message)
        else:
            second.set()
        return True

    async with listening(queue, invoke):
        await queue.send("first", "second")
        await until(second)
    assert sorted(seen) == ["first", "second"]


async def test_it_goes_on_when_the_queue_is_gone_for_a_while(queue: Queue) -> None:
    came = asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        came.set()
        return True

    await queue.client.delete_queue()
    async with listening(queue, invoke):
        await asyncio.sleep(0.3)
        await queue.client.create_queue()
        await queue.send("back")
        await until(came)


def test_poison_queues_have_no_poison_queue() -> None:
    assert poison_name("scan-push") == "scan-push-poison"
    assert poison_name("scan-push-poison") is None
    assert poison_name("x" * 60) is None


async def test_a_mistake_of_our_own_is_logged_and_harms_no_other_message(
    queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    came = asyncio.Event()

    async def invoke(message: QueueMessage, text: str) -> bool:
        if text == "bad":
            raise RuntimeError("a mistake")
        came.set()
        return True

    async with listening(queue, invoke):
        await queue.send("bad", "good")
        await until(came)
        while await queue.count() > 1:
            await asyncio.sleep(0.02)
    assert "a mistake" in caplog.text
    assert await queue.count() == 1, "the message is hidden, and comes back"
