"""What the registries hold: found, compared with what is known, pulled, imported."""

from dataclasses import dataclass

from core.enrolment.connections import Connections
from core.enrolment.discovery import Discovery
from core.pulls.intake import Pulls
from core.pulls.knowledge import PullKnowledge
from core.query.plans import PlanQueries
from core.reconcile.estimate import Estimator
from core.reconcile.holdings import Connect
from core.reconcile.imports import Importer
from core.reconcile.recording import Recorder
from core.reconcile.sweeper import Sweeper
from core.reconcile.sweeps import Sweeps
from core.registry.activity import ActivityLog
from core.storage.interface import Rows
from functions.composition.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Who looks at registries, and what they found."""

    discovery: Discovery
    sweeper: Sweeper
    importer: Importer
    estimator: Estimator
    pulls: Pulls
    plans: PlanQueries


async def build_holdings(
    ground: Ground,
    knowledge: PullKnowledge,
    images: Rows,
    *,
    connect: Connect,
    connections: Connections | None,
    activities: ActivityLog,
) -> Holdings:
    """Who looks at the registries of this process's plans."""
    log, enrolment, counters = ground.log, ground.enrolment, ground.counters
    settings = ground.settings
    sweeping = await ground.account.tables.open("sweeps")
    recorder = Recorder(log, ground.dispatch)
    window = settings.reconciling.window
    return Holdings(
        discovery=Discovery(log, ground.registries, connections),
        sweeper=Sweeper(
            enrolment,
            connect,
            images,
            Sweeps(sweeping),
            recorder,
            ground.dispatch,
            settings.reconciling,
        ),
        importer=Importer(activities, enrolment, connect, recorder, sweeping, counters),
        estimator=Estimator(enrolment, connect, images, window, settings.price),
        pulls=Pulls(
            log,
            activities,
            knowledge,
            enrolment,
            ground.dispatch,
            counters,
            own=settings.own_identities,
        ),
        plans=PlanQueries(ground.plans),
    )
