"""The object graph, built once per process. The only reader of the environment.

Functions ask for `services()`; the first to do so builds everything, and whoever comes meanwhile
waits for it. When building fails, the next one tries again.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.azure_shapes.answers import SecurityQueries
from core.azure_shapes.assessments import Assessments
from core.azure_shapes.pages import SubAssessments
from core.counters import Counters
from core.enrolment.connections import Connections
from core.enrolment.discovery import Discovery
from core.enrolment.enrolment import Enrolment
from core.enrolment.interface import ListedRegistries, Registries
from core.enrolment.plans import Plans
from core.exports.exports import Exports
from core.feeds.kept import KeptSources
from core.feeds.publish import Publisher
from core.feeds.results import Results
from core.fleet.reassess import Reassessor
from core.fleet.store import open_fleet
from core.fleet.view import FleetView
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.notifications.delivery import Delivery
from core.notifications.desk import NoticeDesk
from core.notifications.exploited import ExploitedNotices
from core.notifications.outbox import Outbox
from core.notifications.process import VerdictNotices
from core.notifications.topic import Topic
from core.past.archivist import Archivist
from core.past.opening import open_past
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
from core.pulls.intake import Pulls
from core.pulls.knowledge import PullKnowledge
from core.query.advisories import AdvisoriesQueries
from core.query.billing import BillingQueries
from core.query.coverage import Coverages
from core.query.findings import FindingPages
from core.query.fleet import FindingQueries, SummaryQueries
from core.query.images import ImageQueries
from core.query.operations import Operations
from core.query.plans import PlanQueries
from core.query.pulse import Pulse
from core.query.recommendations import RecommendationQueries
from core.query.rule_files import RuleFiles
from core.query.rules import RuleQueries
from core.query.score import ScoreQueries
from core.query.standing import Now, Standings
from core.query.trust import Trusts
from core.rebuilding.answers import Management
from core.rebuilding.mending import Mending
from core.rebuilding.rebuilder import Rebuilder
from core.rebuilding.standing import Followers
from core.reconcile.estimate import Estimator
from core.reconcile.holdings import Connect
from core.reconcile.imports import Importer
from core.reconcile.recording import Recorder
from core.reconcile.sweeper import Sweeper
from core.reconcile.sweeps import Sweeps
from core.registry.activity import ActivityLog, NoActivityLog
from core.registry.client import RegistryClient
from core.registry.tokens import NoPullTokens, PullTokens
from core.rules.applying import RuleApplier
from core.rules.books import RuleBooks
from core.rules.bringing import RuleBringer
from core.rules.desk import RuleDesk
from core.rules.forecasts import PublishedForecasts
from core.rules.preview import Previews
from core.rules.rulings import Rulings
from core.rules.subjects import Subjects
from core.sandbox.cataloger import Cataloger
from core.sandbox.interface import Limits, Sandbox
from core.scanning.assessment import Assessor
from core.scanning.exploited import KnownExploitation
from core.scanning.intake import Intake
from core.scanning.known import KnownInventories
from core.scanning.launching import Launcher
from core.scanning.orders import Orders
from core.scanning.published import PublishedAdvisories
from core.scanning.reports import Reports
from core.scanning.requests import ScanRequests
from core.scanning.rescans import Rescans
from core.scanning.shortcuts import Shortcuts
from core.scanning.slots import Slots
from core.scanning.stale import StaleCounts
from core.scanning.starter import Starter
from core.scanning.waiting import Waiting
from core.scanning.watchdog import Watchdog
from core.storage.account import Account
from core.telemetry.decisions import TellingLog
from core.telemetry.gauges import Gauges
from core.telemetry.interface import Silence, Telemetry
from functions.azure import open_surroundings
from functions.settings import Settings, read_settings

_PROJECTIONS: tuple[Projection, ...] = (
    Images(),
    OpenScans(),
    Findings(),
    Billing(),
    RuleBooksView(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a trigger may call."""

    intake: Intake
    plans: Plans
    enrolment: Enrolment
    discovery: Discovery
    plan_queries: PlanQueries
    sweeper: Sweeper
    importer: Importer
    estimator: Estimator
    starter: Starter
    reports: Reports
    watchdog: Watchdog
    sandbox: Sandbox
    runner: Runner
    sweep: Sweep
    rebuilder: Rebuilder
    views: Views
    management: Management
    reassessor: Reassessor
    images: ImageQueries
    exports: Exports
    findings: FindingQueries
    recommendations: RecommendationQueries
    billing: BillingQueries
    summary: SummaryQueries
    score: ScoreQueries
    security: SecurityQueries
    operations: Operations
    pulse: Pulse
    pulls: Pulls
    rescans: Rescans
    gauges: Gauges
    requests: ScanRequests
    archivist: Archivist
    publisher: Publisher
    advisories: AdvisoriesQueries
    rules: RuleDesk
    rule_queries: RuleQueries
    rule_files: RuleFiles
    applier: RuleApplier
    counters: Counters
    log: EventLog
    outbox: Outbox
    delivery: Delivery | None
    """`None` where no topic is set: then nobody is told of anything."""


_lock = asyncio.Lock()
_open = AsyncExitStack()
"""What stays open for as long as the process lives."""
_services: list[Services] = []


async def services() -> Services:
    """The process's services."""
    async with _lock:
        if not _services:
            settings = read_settings(os.environ)
            around = await open_surroundings(settings, _open)
            await around.sandbox.sweep()
            _services.append(
                await build(
                    settings,
                    around.account,
                    around.sandbox,
                    tokens=around.tokens,
                    topic=around.topic,
                    activities=around.activities,
                    connect=around.connect,
                    registries=around.registries,
                    connections=around.connections,
                    telemetry=around.telemetry,
                )
            )
    return _services[0]


async def build(
    settings: Settings,
    account: Account,
    sandbox: Sandbox,
    *,
    tokens: PullTokens | None = None,
    connect: Connect = RegistryClient,
    registries: Registries | None = None,
    connections: Connections | None = None,
    topic: Topic | None = None,
    activities: ActivityLog | None = None,
    telemetry: Telemetry | None = None,
) -> Services:
    """Everything, over an open storage account and a way to run sandboxes. Without a source of
    tokens, pulls are anonymous; without one of registries, the settings list them; without a topic,
    nobody is told of changes; without a log of activities, nobody knows who pulls; without
    telemetry, nothing is measured."""
    telemetry = telemetry or Silence()
    await account.queues.create(*QUEUES)
    recording = await open_log(await account.tables.open("log"), account.artifacts)
    log = TellingLog(recording, telemetry)
    counters, dispatch = Counters(telemetry), Dispatch(account.queues)
    activities = activities or NoActivityLog()
    outbox = Outbox(await account.tables.open("outbox"))
    limits = replace(Limits(), seconds=settings.sandbox_seconds)
    slots = Slots(
        await account.tables.open("slots"),
        total=settings.slots,
        reserved=settings.reserved_slots,
    )
    advisories = PublishedAdvisories(log, account.artifacts)
    kept = KeptSources(await account.tables.open("feeds"), account.feeds)
    results = Results(log, account.artifacts, kept)
    exploitation = KnownExploitation(log, account.artifacts)
    forecasts = PublishedForecasts(exploitation)
    rulings = Rulings(RuleBooks(log), forecasts, account.artifacts)
    assessor = Assessor(advisories, account.artifacts, rulings)
    known = KnownInventories(await account.tables.open("inventories"))
    tokens = tokens or NoPullTokens()
    registries = registries or ListedRegistries(settings.registries)
    plans = Plans(log, registries)
    enrolment = Enrolment(plans)
    orders = Orders(enrolment, tokens, account.inbox, settings.cataloger, limits)
    made = _views(log, account)
    views = {one.name: made.rows(one) for one in _PROJECTIONS}
    fleet = await open_fleet(log, account.tables, account.artifacts, active=made.active)
    notices: Sequence[Process] = ()
    if topic is None:
        await outbox.close()
    else:
        since = await outbox.open(datetime.now(UTC))
        desk = NoticeDesk(log, account.artifacts, outbox, dispatch, exploitation, since=since)
        notices = (
            VerdictNotices(log, desk),
            ExploitedNotices(log, views["findings"], exploitation, desk),
        )
    past = await open_past(log, account.tables, account.artifacts, counters.count)
    cataloger = Cataloger(name=settings.cataloger, version=settings.cataloger_version)
    knowledge = PullKnowledge(await account.tables.open("pulls"))
    trusts = Trusts(knowledge, settings.rescans, cataloger)
    standings = Standings(log, views["images"], account.artifacts, past.shards, trusts)
    sweeping, recorder = await account.tables.open("sweeps"), Recorder(log, dispatch)
    waiting = Waiting(views["openscans"], log.shards)
    live = [made.live(one) for one in _PROJECTIONS]
    rule_process = RuleProcess(log, ImageStates(log), rulings)
    processes = await _processes(log, account, dispatch, [*notices, rule_process])
    runner = Runner(past.log, [*live, *processes])
    rebuilder = Rebuilder(log, made, dispatch, reader=past.log)
    checkpoints = await account.tables.open("processes")
    followers = Followers(log, made, checkpoints, [one.name for one in processes])
    stale = StaleCounts(await account.tables.open("stale"))
    operations = Operations(waiting, slots, knowledge)
    summary = SummaryQueries(standings, stale)
    shortcuts = Shortcuts(log, assessor, known, cataloger, account.artifacts, dispatch)
    launcher = Launcher(log, slots, orders, sandbox, dispatch)
    starter = Starter(log, waiting, slots, orders, launcher, assessor, shortcuts)
    reports = Reports(
        log,
        account.inbox,
        account.artifacts,
        assessor,
        known,
        slots,
        sandbox,
        dispatch,
        counters,
        limits,
    )
    rule_desk, subjects = RuleDesk(log, dispatch), Subjects(views["images"])
    previews = Previews(subjects, log.shards, account.artifacts, forecasts)
    return Services(
        intake=Intake(log, dispatch, enrolment, counters),
        plans=plans,
        enrolment=enrolment,
        discovery=Discovery(log, registries, connections),
        plan_queries=PlanQueries(plans),
        sweeper=Sweeper(
            enrolment,
            connect,
            views["images"],
            Sweeps(sweeping),
            recorder,
            dispatch,
            settings.reconciling,
        ),
        importer=Importer(activities, enrolment, connect, recorder, sweeping, counters),
        estimator=Estimator(
            enrolment, connect, views["images"], settings.reconciling.window, settings.price
        ),
        starter=starter,
        reports=reports,
        watchdog=Watchdog(log, waiting, slots, sandbox, reports, starter, dispatch),
        sandbox=sandbox,
        runner=runner,
        sweep=Sweep(log, runner, live),
        rebuilder=rebuilder,
        views=made,
        management=Management(
            made, followers, rebuilder, Mending(log, made, runner, followers), log.shards
        ),
        rules=rule_desk,
        rule_queries=RuleQueries(rule_desk, views["rules"], previews),
        rule_files=RuleFiles(RuleBringer(rule_desk)),
        applier=RuleApplier(
            log,
            views["rules"],
            await account.tables.open("ruleprogress"),
            subjects,
            runner,
            rule_desk,
            rulings,
            dispatch,
        ),
        reassessor=Reassessor(log, fleet, advisories, account.artifacts, rulings, dispatch),
        images=ImageQueries(
            standings,
            account.artifacts,
            FindingPages(account.artifacts, advisories, exploitation),
        ),
        exports=Exports(standings, account.artifacts, exploitation),
        recommendations=RecommendationQueries(views["images"], account.artifacts, advisories),
        findings=FindingQueries(views["findings"], log.shards, exploitation),
        billing=BillingQueries(log, views["billing"], settings.price),
        summary=summary,
        score=ScoreQueries(standings),
        security=SecurityQueries(
            plans,
            Assessments(views["images"]),
            SubAssessments(views["images"], log.shards, account.artifacts, exploitation),
        ),
        operations=operations,
        pulse=Pulse(operations, summary, views, log.shards),
        pulls=Pulls(
            log,
            activities,
            knowledge,
            enrolment,
            dispatch,
            counters,
            own=settings.own_identities,
        ),
        rescans=Rescans(
            log,
            views["images"],
            Coverages(log, views["images"]),
            trusts,
            enrolment,
            stale,
            dispatch,
        ),
        gauges=Gauges(
            telemetry,
            waiting,
            slots,
            followers,
            outbox,
            Now(log, views["images"], trusts),
            log.shards,
        ),
        requests=ScanRequests(log, dispatch, enrolment),
        archivist=past.archivist,
        publisher=Publisher(results, kept, settings.sources, counters),
        advisories=AdvisoriesQueries(log, kept, settings.sources),
        counters=counters,
        log=log,
        outbox=outbox,
        delivery=Delivery(outbox, topic, counters) if topic else None,
    )


def _views(log: EventLog, account: Account) -> Views:
    return Views(
        log=log,
        tables=account.tables,
        artifacts=account.artifacts,
        active=ActiveTables(account.tables),
        parking=_PROJECTIONS,
        halting=(FleetView(),),
    )


async def _processes(
    log: EventLog, account: Account, dispatch: Dispatch, more: Sequence[Process]
) -> list[ProcessFollower]:
    checkpoints = await account.tables.open("processes")
    states = ImageStates(log)
    processes: tuple[Process, ...] = (
        TagProcess(log),
        BillProcess(log, states),
        IndexProcess(log, states, dispatch),
        *more,
    )
    return [ProcessFollower(one, log, checkpoints, LoggedSkips(log)) for one in processes]


async def open_management(account: Account) -> Management:
    """What administrators may do, without all that needs a registry, a sandbox or a topic."""
    await account.queues.create(*QUEUES)
    log = await open_log(await account.tables.open("log"), account.artifacts)
    dispatch = Dispatch(account.queues)
    views, checkpoints = _views(log, account), await account.tables.open("processes")
    processes = await _processes(log, account, dispatch, ())
    runner = Runner(log, [*(views.live(one) for one in _PROJECTIONS), *processes])
    followers = Followers(log, views, checkpoints, [one.name for one in processes])
    mending, rebuilder = Mending(log, views, runner, followers), Rebuilder(log, views, dispatch)
    return Management(views, followers, rebuilder, mending, log.shards)
