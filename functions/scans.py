"""Queues: start a sandbox, take its report. Timer: whatever no message announced."""

import logging

import azure.functions as func
import msgspec

from core.domain.values import ScanId
from functions.bootstrap import services

blueprint = func.Blueprint()

logger = logging.getLogger(__name__)

STORAGE = "AzureWebJobsStorage"


class _Waiting(msgspec.Struct, frozen=True):
    """A message that says which scan may wait."""

    scan: str


@blueprint.function_name("start_pushed")
@blueprint.queue_trigger(arg_name="message", queue_name="scan-push", connection=STORAGE)
async def start_pushed(message: func.QueueMessage) -> None:
    """Start what waits, pushes first."""
    await _start(message)


@blueprint.function_name("start_rescans")
@blueprint.queue_trigger(arg_name="message", queue_name="scan-rescan", connection=STORAGE)
async def start_rescans(message: func.QueueMessage) -> None:
    """Start what waits, pushes first here too."""
    await _start(message)


@blueprint.function_name("take_report")
@blueprint.queue_trigger(arg_name="message", queue_name="sandbox-reports", connection=STORAGE)
async def take_report(message: func.QueueMessage) -> None:
    """Conclude an attempt, and give its slot to the next."""
    core = await services()
    await core.scanning.reports.take(message.get_body())
    await core.scanning.starter.start_waiting()


@blueprint.function_name("watch")
@blueprint.timer_trigger(arg_name="timer", schedule="*/30 * * * * *")
async def watch(timer: func.TimerRequest) -> None:
    """Conclude what has ended in silence, give up what is overdue, start what waits."""
    await (await services()).scanning.watchdog.look()


@blueprint.function_name("tidy")
@blueprint.timer_trigger(arg_name="timer", schedule="50 */10 * * * *")
async def tidy(timer: func.TimerRequest) -> None:
    """Remove sandboxes that have outlived everybody who was to do so, and log how all stands."""
    core = await services()
    logger.info(await core.answers.pulse.line())
    await core.scanning.sandbox.sweep()


async def _start(message: func.QueueMessage) -> None:
    core = await services()
    try:
        waiting = msgspec.json.decode(message.get_body(), type=_Waiting)
    except msgspec.MsgspecError as error:
        core.counters.count("scan-message-malformed", str(error))
        return
    await core.scanning.starter.start_waiting(ScanId(waiting.scan))
