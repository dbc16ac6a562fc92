"""What runs functions by itself: the queue listeners and timers of an app, built from its bindings.

HTTP requests and Event Grid's deliveries come in from outside, through `front.py`.
"""

from collections.abc import Iterable
from contextlib import AsyncExitStack

from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueServiceClient

from dev.host.bindings import (
    EventGridTrigger,
    Function,
    HttpTrigger,
    QueueTrigger,
    TimerTrigger,
)
from dev.host.config import QueueOptions
from dev.host.messages import metadata
from dev.host.protos import RpcHttp, TypedData
from dev.host.queues import QueueListener, poison_name
from dev.host.settings import Settings, connection_string
from dev.host.timers import Timer, timer
from dev.host.worker import Worker


async def queue_listeners(
    functions: Iterable[Function],
    worker: Worker,
    *,
    options: QueueOptions,
    settings: Settings,
    clients: AsyncExitStack,
) -> list[QueueListener]:
    """A listener for each queue function. Their clients are closed with the stack.

    Raises AppRefused when a connection is not set.
    """
    services: dict[str, QueueServiceClient] = {}
    made: list[QueueListener] = []
    for function in functions:
        if not isinstance(function.trigger, QueueTrigger):
            continue
        connection = connection_string(function.trigger.connection, settings)
        if connection not in services:
            service = QueueServiceClient.from_connection_string(
                connection,
                transport=AioHttpTransport(use_env_settings=False),  # or each look reads ~/.netrc
                initial_backoff=1,  # seconds: an emulator that restarts is back sooner than Azure
                increment_base=2,
            )
            services[connection] = await clients.enter_async_context(service)
        made.append(_listener(function, function.trigger, worker, services[connection], options))
    return made


def _listener(
    function: Function,
    trigger: QueueTrigger,
    worker: Worker,
    service: QueueServiceClient,
    options: QueueOptions,
) -> QueueListener:
    async def invoke(message: QueueMessage, text: str) -> bool:
        outcome = await worker.invoke(function, TypedData(string=text), metadata(message, text))
        return outcome.succeeded

    poison = poison_name(trigger.queue_name)
    return QueueListener(
        service.get_queue_client(trigger.queue_name),
        service.get_queue_client(poison) if poison else None,
        options=options,
        invoke=invoke,
    )


def timers(functions: Iterable[Function], worker: Worker) -> dict[str, Timer]:
    """The timers of the app, by function. Raises AppRefused for a schedule that is none."""
    return {
        function.name: _timer(function, function.trigger, worker)
        for function in functions
        if isinstance(function.trigger, TimerTrigger)
    }


def _timer(function: Function, trigger: TimerTrigger, worker: Worker) -> Timer:
    async def fire(argument: TypedData) -> None:
        await worker.invoke(function, argument)

    return timer(function.name, trigger, fire)


def argument_by_hand(function: Function, text: str, its_timer: Timer | None) -> TypedData:
    """What a function is given when somebody runs it by hand with that text."""
    match function.trigger:
        case TimerTrigger():
            assert its_timer is not None  # noqa: S101 - every timer function has one
            return its_timer.argument()
        case EventGridTrigger():
            return TypedData(json=text or "{}")
        case QueueTrigger():
            return TypedData(string=text)
        case HttpTrigger():
            body = TypedData(bytes=text.encode())
            return TypedData(http=RpcHttp(method="POST", url="http://localhost/", body=body))
