"""Timers: what comes due by itself."""

from datetime import UTC, datetime

import azure.functions as func

from functions.bootstrap import services

blueprint = func.Blueprint()


@blueprint.function_name("archive")
@blueprint.timer_trigger(arg_name="timer", schedule="30 */10 * * * *")
async def archive(timer: func.TimerRequest) -> None:
    """Keep the past quick to read: cold segments of the log, and seals of the views."""
    await (await services()).archivist.run()


@blueprint.function_name("discover")
@blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
async def discover(timer: func.TimerRequest) -> None:
    """Find registries that are new, changed or gone."""
    await (await services()).holdings.discovery.run()


@blueprint.function_name("keep_images")
@blueprint.timer_trigger(arg_name="timer", schedule="50 */10 * * * *")
async def keep_images(timer: func.TimerRequest) -> None:
    """Leave the images' rows that this process keeps to those that begin later."""
    await (await services()).kept.leave()


@blueprint.function_name("measure")
@blueprint.timer_trigger(arg_name="timer", schedule="40 */5 * * * *")
async def measure(timer: func.TimerRequest) -> None:
    """Tell how long the queues are, how far the views lag, and what else is a number."""
    await (await services()).gauges.take()


@blueprint.function_name("measure_coverage")
@blueprint.timer_trigger(arg_name="timer", schedule="10 7 * * * *")
async def measure_coverage(timer: func.TimerRequest) -> None:
    """Tell which share of the images has a verdict that is not old."""
    await (await services()).gauges.cover()


@blueprint.function_name("reconcile")
@blueprint.timer_trigger(arg_name="timer", schedule="20 */5 * * * *")
async def reconcile(timer: func.TimerRequest) -> None:
    """Have those registries swept that are due, and find imports that no event told of."""
    core = await services()
    await core.holdings.sweeper.look_after()
    await core.holdings.importer.run()


@blueprint.function_name("reassess")
@blueprint.timer_trigger(arg_name="timer", schedule="45 * * * * *")
async def reassess(timer: func.TimerRequest) -> None:
    """Assess the fleet with the advisories in force, where it is not yet."""
    await (await services()).reassessor.run()


@blueprint.function_name("refresh_advisories")
@blueprint.timer_trigger(arg_name="timer", schedule="20 */10 * * * *")
async def refresh_advisories(timer: func.TimerRequest) -> None:
    """Fetch, compile and publish advisories, when it is time again."""
    await (await services()).advice.publisher.run_if_due(datetime.now(UTC))


@blueprint.function_name("pulls")
@blueprint.timer_trigger(arg_name="timer", schedule="5 */10 * * * *")
async def pulls(timer: func.TimerRequest) -> None:
    """Take what registries' logs tell of pulls."""
    await (await services()).holdings.pulls.look()


@blueprint.function_name("rescan")
@blueprint.timer_trigger(arg_name="timer", schedule="25 5 * * * *")
async def rescan(timer: func.TimerRequest) -> None:
    """Ask for the rescans that are due, and count the images that are stale."""
    await (await services()).scanning.rescans.look()
