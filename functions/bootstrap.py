"""The object graph, built once per process. The only reader of the environment.

Functions ask for `services()`; the first to do so builds everything, and whoever comes meanwhile
waits for it. When building fails, the next one tries again.
"""

import asyncio
import logging
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from azure.functions import AuthLevel

from core.access.doorman import Doorman
from core.access.scope import Scope
from core.counters import Counters
from core.enrolment.care import PlannedCare
from core.enrolment.connections import Connections
from core.enrolment.enrolment import Enrolment
from core.enrolment.interface import Registries
from core.enrolment.plans import Plans
from core.errors import SandboxError
from core.fleet.reassess import Reassessor
from core.fleet.store import open_fleet
from core.log.interface import EventLog
from core.notifications.topic import Topic
from core.past.archivist import Archivist
from core.past.opening import open_past
from core.pulls.knowledge import PullKnowledge
from core.query.kept import KeptImages
from core.query.kept_table import TABLE as KEPT
from core.query.kept_table import KeptTable
from core.query.trust import Trusts
from core.reconcile.holdings import Connect
from core.registry.activity import ActivityLog, NoActivityLog
from core.registry.client import RegistryClient
from core.registry.tokens import NoPullTokens, PullTokens
from core.sandbox.cataloger import Cataloger
from core.sandbox.interface import Sandbox
from core.scanning.weighing import Unweighed, Weighing
from core.storage.account import Account
from core.telemetry.gauges import Gauges
from core.telemetry.interface import Silence, Telemetry
from functions.access_settings import SignInKind, read_access_settings
from functions.azure import open_surroundings
from functions.composition.access import build_doorman
from functions.composition.advice import Advice, build_advice
from functions.composition.answers import Answers, build_answers, build_gauges
from functions.composition.following import PROJECTIONS, Following, build_following, build_views
from functions.composition.ground import build_ground
from functions.composition.holdings import Holdings, build_holdings
from functions.composition.notices import Notices, build_notices
from functions.composition.ruling import Ruling, build_ruling
from functions.composition.scanning import Scanning, build_scanning
from functions.settings import Settings, read_settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a trigger may call."""

    log: EventLog
    counters: Counters
    plans: Plans
    enrolment: Enrolment
    advice: Advice
    following: Following
    holdings: Holdings
    scanning: Scanning
    ruling: Ruling
    notices: Notices
    answers: Answers
    reassessor: Reassessor
    archivist: Archivist
    kept: KeptImages
    """For the timer that leaves them to later processes; answers have them by themselves."""
    gauges: Gauges

    def within(self, scope: Scope) -> "Services":
        """The same for somebody who may see no more than that."""
        return self if scope.whole else replace(self, answers=self.answers.within(scope))


_lock = asyncio.Lock()
_open = AsyncExitStack()
"""What stays open for as long as the process lives."""
_services: list[Services] = []


_doormen: list[Doorman] = []


def doorman() -> Doorman:
    """Who lets people in: known before anything else is built, which strangers shall not cause."""
    if not _doormen:
        _doormen.append(build_doorman(read_access_settings(os.environ)))
    return _doormen[0]


def host_level() -> AuthLevel:
    """What the host asks for before it asks the app: a key, only where this is how one signs in."""
    keys = os.environ.get("PRATIQUE_SIGN_IN") == SignInKind.KEYS
    return AuthLevel.FUNCTION if keys else AuthLevel.ANONYMOUS


def sign_in_kind() -> SignInKind:
    """How people and scripts say who they are."""
    return read_access_settings(os.environ).sign_in


async def services() -> Services:
    """The process's services."""
    async with _lock:
        if not _services:
            settings = read_settings(os.environ)
            around = await open_surroundings(settings, _open)
            await sweep_up(around.sandbox)
            _services.append(
                await build(
                    settings,
                    around.account,
                    around.sandbox,
                    tokens=around.tokens,
                    weighing=around.weighing,
                    topic=around.topic,
                    activities=around.activities,
                    connect=around.connect,
                    registries=around.registries,
                    connections=around.connections,
                    telemetry=around.telemetry,
                )
            )
    return _services[0]


async def sweep_up(sandbox: Sandbox) -> None:
    """Remove what sandboxes left. Where that cannot be done the app starts all the same: it answers
    questions without sandboxes, and a timer sweeps again."""
    try:
        await sandbox.sweep()
    except SandboxError as error:
        logger.warning("what sandboxes left is not removed yet: %s", error)


async def build(
    settings: Settings,
    account: Account,
    sandbox: Sandbox,
    *,
    tokens: PullTokens | None = None,
    weighing: Weighing | None = None,
    connect: Connect = RegistryClient,
    registries: Registries | None = None,
    connections: Connections | None = None,
    topic: Topic | None = None,
    activities: ActivityLog | None = None,
    telemetry: Telemetry | None = None,
) -> Services:
    """Everything, over an open storage account and a way to run sandboxes. Without a source of
    tokens, pulls are anonymous; without somebody who weighs images, all get the same room; without
    a source of registries, the settings list them; without a topic, nobody is told of changes;
    without a log of activities, nobody knows who pulls; without telemetry, nothing is measured."""
    ground = await build_ground(settings, account, telemetry or Silence(), registries)
    log, artifacts = ground.log, account.artifacts
    advice = await build_advice(ground)
    views = build_views(log, account)
    rows = {one.name: views.rows(one) for one in PROJECTIONS}
    fleet = await open_fleet(log, account.tables, artifacts, active=views.active)
    notices = await build_notices(ground, advice, rows["findings"], topic)
    past = await open_past(log, account.tables, artifacts, ground.counters.count)
    following = await build_following(ground, advice, views, past, notices.processes)
    knowledge = PullKnowledge(await account.tables.open("pulls"))
    cataloger = Cataloger(name=settings.cataloger, version=settings.cataloger_version)
    trusts = Trusts(knowledge, settings.rescans, cataloger, PlannedCare(ground.plans))
    left = KeptTable(await account.tables.open(KEPT))
    kept = KeptImages(log, rows["images"], rows["images"].table, left)
    scanning = await build_scanning(
        ground,
        advice,
        trusts,
        sandbox=sandbox,
        tokens=tokens or NoPullTokens(),
        weighing=weighing or Unweighed(),
        open_scans=rows["openscans"],
        images=rows["images"],
    )
    return Services(
        log=log,
        counters=ground.counters,
        plans=ground.plans,
        enrolment=ground.enrolment,
        advice=advice,
        following=following,
        holdings=await build_holdings(
            ground,
            knowledge,
            rows["images"],
            connect=connect,
            connections=connections,
            activities=activities or NoActivityLog(),
        ),
        scanning=scanning,
        ruling=await build_ruling(
            ground,
            advice,
            following.runner,
            rules=rows["rules"],
            images=rows["images"],
            findings=rows["findings"],
        ),
        notices=notices,
        answers=build_answers(
            ground,
            advice,
            scanning,
            rows,
            past,
            fleet,
            notices,
            trusts=trusts,
            knowledge=knowledge,
            kept=kept,
        ),
        reassessor=Reassessor(
            log, fleet, advice.published, artifacts, advice.rulings, ground.dispatch
        ),
        archivist=past.archivist,
        kept=kept,
        gauges=build_gauges(ground, scanning, following.followers, notices, rows["images"], trusts),
    )
