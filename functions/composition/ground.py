"""What every part stands on: the log, the queues, the plans and what counts what was refused."""

from dataclasses import dataclass

from core.counters import Counters
from core.enrolment.enrolment import Enrolment
from core.enrolment.interface import ListedRegistries, Registries
from core.enrolment.plans import Plans
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.processes.dispatch import QUEUES, Dispatch
from core.storage.account import Account
from core.telemetry.decisions import TellingLog
from core.telemetry.interface import Telemetry
from functions.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The settings, an open account and what is built on no more than these."""

    settings: Settings
    account: Account
    telemetry: Telemetry
    log: EventLog
    counters: Counters
    dispatch: Dispatch
    registries: Registries
    plans: Plans
    enrolment: Enrolment


async def build_ground(
    settings: Settings, account: Account, telemetry: Telemetry, registries: Registries | None
) -> Ground:
    """The ground of one process; without a source of registries, the settings list them."""
    await account.queues.create(*QUEUES)
    recording = await open_log(await account.tables.open("log"), account.artifacts)
    log = TellingLog(recording, telemetry)
    registries = registries or ListedRegistries(settings.registries)
    plans = Plans(log, registries)
    return Ground(
        settings=settings,
        account=account,
        telemetry=telemetry,
        log=log,
        counters=Counters(telemetry),
        dispatch=Dispatch(account.queues),
        registries=registries,
        plans=plans,
        enrolment=Enrolment(plans),
    )
