"""An image's way from an event to a verdict: asked for, started, reported, watched, repeated."""

from dataclasses import dataclass, replace

from core.query.coverage import Coverages
from core.query.trust import Trusts
from core.registry.tokens import PullTokens
from core.sandbox.cataloger import Cataloger
from core.sandbox.interface import Limits, Sandbox
from core.scanning.intake import Intake
from core.scanning.known import KnownInventories
from core.scanning.launching import Launcher
from core.scanning.orders import Orders
from core.scanning.reports import Reports
from core.scanning.requests import ScanRequests
from core.scanning.rescans import Rescans
from core.scanning.shortcuts import Shortcuts
from core.scanning.slots import Slots
from core.scanning.stacks import Stacks
from core.scanning.stale import StaleCounts
from core.scanning.starter import Starter
from core.scanning.waiting import Waiting
from core.scanning.watchdog import Watchdog
from core.scanning.weighing import Weighing
from core.storage.interface import Rows
from functions.composition.advice import Advice
from functions.composition.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanning:
    """Who takes images through their scans."""

    intake: Intake
    requests: ScanRequests
    rescans: Rescans
    starter: Starter
    reports: Reports
    watchdog: Watchdog
    sandbox: Sandbox
    slots: Slots
    waiting: Waiting
    stale: StaleCounts
    stacks: Stacks


async def build_scanning(
    ground: Ground,
    advice: Advice,
    trusts: Trusts,
    *,
    sandbox: Sandbox,
    tokens: PullTokens,
    weighing: Weighing,
    open_scans: Rows,
    images: Rows,
) -> Scanning:
    """Who scans in this process, in sandboxes of that kind."""
    settings, account, log = ground.settings, ground.account, ground.log
    dispatch, enrolment = ground.dispatch, ground.enrolment
    limits = replace(Limits(), seconds=settings.sandbox_seconds)
    slots = Slots(
        await account.tables.open("slots"), total=settings.slots, reserved=settings.reserved_slots
    )
    inventories = await account.tables.open("inventories")
    known, stacks = KnownInventories(inventories), Stacks(inventories)
    waiting = Waiting(open_scans, log.shards)
    stale = StaleCounts(await account.tables.open("stale"))
    cataloger = Cataloger(name=settings.cataloger, version=settings.cataloger_version)
    orders = Orders(enrolment, tokens, account.inbox, settings.cataloger, limits, weighing)
    launcher = Launcher(log, slots, orders, sandbox, dispatch)
    shortcuts = Shortcuts(
        log, advice.assessor, known, stacks, cataloger, account.artifacts, dispatch
    )
    starter = Starter(log, waiting, slots, orders, launcher, advice.assessor, shortcuts)
    reports = Reports(
        log,
        account.inbox,
        account.artifacts,
        advice.assessor,
        known,
        stacks,
        slots,
        sandbox,
        dispatch,
        ground.counters,
        limits,
    )
    return Scanning(
        intake=Intake(log, dispatch, enrolment, ground.counters),
        requests=ScanRequests(log, dispatch, enrolment),
        rescans=Rescans(log, images, Coverages(log, images), trusts, enrolment, stale, dispatch),
        starter=starter,
        reports=reports,
        watchdog=Watchdog(log, waiting, slots, sandbox, reports, starter, dispatch),
        sandbox=sandbox,
        slots=slots,
        waiting=waiting,
        stale=stale,
        stacks=stacks,
    )
