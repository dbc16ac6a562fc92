"""Queue triggers: takes messages, runs the function, and deletes, returns or buries them.

By the rules of the host in Azure, read from its source (QueueListener and QueueProcessor in
azure-sdk-for-net): a message at work is hidden for ten minutes, renewed halfway for as long as the
function runs; one that failed comes back after `visibilityTimeout`; one that failed
`maxDequeueCount` times is moved to `<queue>-poison`, as is at once one whose encoding is wrong. A
queue that does not exist is looked for again and again, not created.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from dev.host.backoff import Backoff
from dev.host.config import QueueOptions
from dev.host.messages import decode

log = logging.getLogger("host.queues")

_HIDDEN = timedelta(minutes=10)
_LONGEST_NAME = 63

type Invoke = Callable[[QueueMessage, str], Awaitable[bool]]
"""Runs the function with a message and its decoded text, and says whether it succeeded."""


class QueueListener:
    """Feeds one function from one queue until told to stop."""

    def __init__(
        self,
        queue: QueueClient,
        poison: QueueClient | None,
        *,
        options: QueueOptions,
        invoke: Invoke,
        hidden: timedelta = _HIDDEN,
    ) -> None:
        """`poison` is `None` for a queue that has none; `hidden` is shorter only in tests."""
        self._queue = queue
        self._poison = poison
        self._options = options
        self._invoke = invoke
        self._hidden = hidden
        self._backoff = Backoff(longest=options.max_polling_interval)
        self._at_work: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._trouble = ""

    async def run(self) -> None:
        """Poll until `stop`, and return when no message is at work any more."""
        try:
            await self._poll()
            while self._at_work:
                await asyncio.wait(self._at_work)
        finally:
            for task in self._at_work:
                task.cancel()

    def stop(self) -> None:
        """Take no more messages."""
        self._stopping.set()

    async def _poll(self) -> None:
        found = False
        while not self._stopping.is_set():
            batch = await self._receive()
            for message in batch:
                task = asyncio.create_task(self._process(message))
                self._at_work.add(task)
                task.add_done_callback(self._processed)
            if batch:
                found = True
                await self._room()
            else:
                await _wait(self._stopping, self._backoff.pause(found=found))
                found = False

    async def _receive(self) -> list[QueueMessage]:
        """The next messages, if any. Storage that does not answer is logged once, and retried."""
        messages = self._queue.receive_messages(
            messages_per_page=self._options.batch_size,
            visibility_timeout=round(self._hidden.total_seconds()),
        )
        try:
            async for page in messages.by_page():
                self._note("")
                return [message async for message in page]
        except ResourceNotFoundError:
            self._note("it does not exist. In Azure, too, the host waits for others to create it")
        except AzureError as error:
            self._note(f"it cannot be read: {error}")
        return []

    async def _room(self) -> None:
        """Wait until so few messages are at work that another batch may be taken."""
        while len(self._at_work) > self._options.new_batch_threshold:
            await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)

    async def _process(self, message: QueueMessage) -> None:
        try:
            text = decode(message, base64_text=self._options.base64)
        except ValueError as error:
            log.error("Message %s in %s: %s", message.id, self._queue.queue_name, error)
            await self._settle(message, self._bury)
            return
        if (message.dequeue_count or 0) > self._options.max_dequeue_count:
            await self._settle(message, self._bury)
            return
        succeeded = await self._run_hidden(message, text)
        await self._settle(message, self._delete if succeeded else self._return_or_bury)

    def _processed(self, task: asyncio.Task[None]) -> None:
        """What nobody expected is logged; its message comes back when it is hidden no longer."""
        self._at_work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Queue %s: %s", self._queue.queue_name, error, exc_info=error)

    async def _run_hidden(self, message: QueueMessage, text: str) -> bool:
        """Run the function, and keep the message hidden from others as long as it takes."""
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew(message, done))
        try:
            return await self._invoke(message, text)
        finally:
            done.set()  # a renewal that is under way ends first: its receipt is the valid one
            await renewing

    async def _renew(self, message: QueueMessage, done: asyncio.Event) -> None:
        while not await _wait(done, self._hidden / 2):
            await self._settle(message, self._hide_again)

    async def _settle(
        self, message: QueueMessage, step: Callable[[QueueMessage], Awaitable[None]]
    ) -> None:
        """Do one thing to a message. When storage refuses, it is delivered again: never lost."""
        try:
            await step(message)
        except AzureError as error:
            queue = self._queue.queue_name
            log.warning("Message %s in %s may be delivered again: %s", message.id, queue, error)

    async def _hide_again(self, message: QueueMessage) -> None:
        await self._hide(message, self._hidden)

    async def _hide(self, message: QueueMessage, time: timedelta) -> None:
        updated = await self._queue.update_message(
            message, visibility_timeout=round(time.total_seconds())
        )
        message.pop_receipt = updated.pop_receipt

    async def _delete(self, message: QueueMessage) -> None:
        await self._queue.delete_message(message)

    async def _return_or_bury(self, message: QueueMessage) -> None:
        if (message.dequeue_count or 0) >= self._options.max_dequeue_count:
            await self._bury(message)
        elif self._poison is not None:
            await self._hide(message, self._options.visibility_timeout)

    async def _bury(self, message: QueueMessage) -> None:
        """Move a message to the poison queue. Without one it stays hidden for its ten minutes."""
        if self._poison is None:
            return
        log.warning(
            "Message %s of %s goes to %s; it was delivery number %s.",
            message.id,
            self._queue.queue_name,
            self._poison.queue_name,
            message.dequeue_count,
        )
        with suppress(ResourceExistsError):
            await self._poison.create_queue()
        await self._poison.send_message(message.content)
        await self._queue.delete_message(message)

    def _note(self, trouble: str) -> None:
        """Log what is wrong with the queue when it begins, and when it ends; not at every look."""
        if trouble and trouble != self._trouble:
            log.warning("Queue %s: %s.", self._queue.queue_name, trouble)
        elif self._trouble and not trouble:
            log.info("Queue %s: it can be read now.", self._queue.queue_name)
        self._trouble = trouble


def poison_name(queue: str) -> str | None:
    """The poison queue of a queue; poison queues have none, nor do names already too long."""
    name = f"{queue}-poison"
    return None if queue.endswith("-poison") or len(name) > _LONGEST_NAME else name


async def _wait(event: asyncio.Event, time: timedelta) -> bool:
    """Wait for the event, but no longer than that. Whether it came."""
    try:
        await asyncio.wait_for(event.wait(), time.total_seconds())
    except TimeoutError:
        return False
    return True
