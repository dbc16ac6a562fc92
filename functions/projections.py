"""Queue hint and timer: fold the log into the views."""

import azure.functions as func
import msgspec

from functions.bootstrap import services

blueprint = func.Blueprint()


class _News(msgspec.Struct, frozen=True):
    """A hint: somebody appended to that shard."""

    shard: int


class _Rebuild(msgspec.Struct, frozen=True):
    """A rebuild of that view has something left to do."""

    projection: str


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
        await core.following.runner.catch_up(news.shard)
    else:
        core.counters.count("hint-malformed", f"no shard {news.shard}")


@blueprint.function_name("sweep")
@blueprint.timer_trigger(arg_name="timer", schedule="15 * * * * *")
async def sweep(timer: func.TimerRequest) -> None:
    """Bring every shard's followers to the end, and rebuilds forward: hints may be lost."""
    core = await services()
    try:
        await core.following.sweep.tick()
    finally:
        await core.following.rebuilder.look()


@blueprint.function_name("rebuild")
@blueprint.queue_trigger(
    arg_name="message", queue_name="rebuilds", connection="AzureWebJobsStorage"
)
async def rebuild(message: func.QueueMessage) -> None:
    """Do a slice of a view's rebuild."""
    core = await services()
    try:
        work = msgspec.json.decode(message.get_body(), type=_Rebuild)
    except msgspec.MsgspecError as error:
        core.counters.count("rebuild-message-malformed", str(error))
        return
    projection = core.following.views.all.get(work.projection)
    if projection is not None:
        await core.following.rebuilder.work(projection)
