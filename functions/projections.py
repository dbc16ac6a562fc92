"""Queue hint and timer: fold the log into the views."""

import azure.functions as func
import msgspec

from functions.bootstrap import services

blueprint = func.Blueprint()


class _News(msgspec.Struct, frozen=True):
    """A hint: somebody appended to that shard."""

    shard: int


@blueprint.function_name("project")
@blueprint.queue_trigger(arg_name="message", queue_name="hints", connection="AzureWebJobsStorage")
async def project(message: func.QueueMessage) -> None:
    """Bring one shard's followers to the end of the log."""
    core = await services()
    try:
        news = msgspec.json.decode(message.get_body(), type=_News)
    except msgspec.MsgspecError as error:
        core.counters.count("hint-malformed", str(error))
        return
    if 0 <= news.shard < core.log.shards:
        await core.runner.catch_up(news.shard)
    else:
        core.counters.count("hint-malformed", f"no shard {news.shard}")


@blueprint.function_name("sweep")
@blueprint.timer_trigger(arg_name="timer", schedule="15 * * * * *")
async def sweep(timer: func.TimerRequest) -> None:
    """Bring every shard's followers to the end: hints may be lost."""
    await (await services()).runner.sweep()
