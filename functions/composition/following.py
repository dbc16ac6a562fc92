"""What follows the log: views that fold it into tables, processes that react to it, the past."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.fleet.view import FleetView
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.past.opening import Past
from core.processes.bills import BillProcess
from core.processes.dispatch import QUEUES, Dispatch
from core.processes.follower import Process, ProcessFollower
from core.processes.indexes import IndexProcess
from core.processes.rules import RuleProcess
from core.processes.states import ImageStates
from core.processes.tags import TagProcess
from core.projections.active import ActiveTables
from core.projections.billing import Billing
from core.projections.findings import Findings
from core.projections.images import Images
from core.projections.interface import Projection
from core.projections.rules import RuleBooksView
from core.projections.runner import Runner
from core.projections.scans import OpenScans
from core.projections.skips import LoggedSkips
from core.projections.sweep import Sweep
from core.projections.views import Views
from core.rebuilding.answers import Management
from core.rebuilding.mending import Mending
from core.rebuilding.rebuilder import Rebuilder
from core.rebuilding.standing import Followers
from core.storage.account import Account
from functions.composition.advice import Advice
from functions.composition.ground import Ground

PROJECTIONS: tuple[Projection, ...] = (
    Images(),
    OpenScans(),
    Findings(),
    Billing(),
    RuleBooksView(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """All that follows the log, and what looks after it."""

    views: Views
    runner: Runner
    sweep: Sweep
    rebuilder: Rebuilder
    followers: Followers
    management: Management


def build_views(log: EventLog, account: Account) -> Views:
    """The views' tables, which are there before anything follows the log."""
    return Views(
        log=log,
        tables=account.tables,
        artifacts=account.artifacts,
        active=ActiveTables(account.tables),
        parking=PROJECTIONS,
        halting=(FleetView(),),
    )


async def build_following(
    ground: Ground, advice: Advice, views: Views, past: Past, notices: Sequence[Process]
) -> Following:
    """Everything that follows the log of this process, those who write notices among it."""
    states = ImageStates(ground.log)
    more = [*notices, RuleProcess(ground.log, states, advice.rulings)]
    return await _follow(ground.log, past.log, ground.account, ground.dispatch, views, states, more)


async def open_management(account: Account) -> Management:
    """What administrators may do, without all that needs a registry, a sandbox or a topic."""
    await account.queues.create(*QUEUES)
    log = await open_log(await account.tables.open("log"), account.artifacts)
    views = build_views(log, account)
    dispatch = Dispatch(account.queues)
    following = await _follow(log, log, account, dispatch, views, ImageStates(log), ())
    return following.management


async def _follow(
    log: EventLog,
    reader: EventLog,
    account: Account,
    dispatch: Dispatch,
    views: Views,
    states: ImageStates,
    more: Sequence[Process],
) -> Following:
    """What reads that log by a reader, which may be quicker than the log itself."""
    checkpoints = await account.tables.open("processes")
    own: tuple[Process, ...] = (
        TagProcess(log),
        BillProcess(log, states),
        IndexProcess(log, states, dispatch),
    )
    processes = [ProcessFollower(one, log, checkpoints, LoggedSkips(log)) for one in (*own, *more)]
    live = [views.live(one) for one in PROJECTIONS]
    runner = Runner(reader, [*live, *processes])
    rebuilder = Rebuilder(log, views, dispatch, reader=reader)
    followers = Followers(log, views, checkpoints, [one.name for one in processes])
    mending = Mending(log, views, runner, followers)
    return Following(
        views=views,
        runner=runner,
        sweep=Sweep(log, runner, live),
        rebuilder=rebuilder,
        followers=followers,
        management=Management(views, followers, rebuilder, mending, log.shards),
    )
