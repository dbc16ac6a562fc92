"""Queue hint and timer: tell the topic what has changed."""

from datetime import UTC, datetime

import azure.functions as func

from functions.bootstrap import services

blueprint = func.Blueprint()


@blueprint.function_name("tell")
@blueprint.queue_trigger(arg_name="message", queue_name="notices", connection="AzureWebJobsStorage")
async def tell(message: func.QueueMessage) -> None:
    """Something waits to be told: what the message says does not matter."""
    await _deliver()


@blueprint.function_name("tell_waiting")
@blueprint.timer_trigger(arg_name="timer", schedule="25 * * * * *")
async def tell_waiting(timer: func.TimerRequest) -> None:
    """Tell what no message has announced, what failed before, and what one cause changed."""
    await _deliver()


async def _deliver() -> None:
    core = await services()
    if core.notices.delivery is not None:
        await core.notices.delivery.deliver(datetime.now(UTC))
