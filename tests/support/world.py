"""Random lives of a few images, through the real deciders, views and process managers.

A step is a few small numbers, and becomes a command when it meets the image: whatever can follow
there does so often. Two processes follow the log in turns, a shard at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from core.domain import events as e
from core.domain.criteria import Criteria
from core.domain.findings import Finding
from core.domain.ids import command_id, image_stream, plan_stream
from core.domain.image import IMAGE, Command, Image
from core.domain.image import commands as c
from core.domain.image.state import Scan, Stage
from core.domain.plan import PLAN, SwitchPlan
from core.domain.rules import RULES, RuleBook
from core.domain.values import FailureCause, ImageName, NotApplicableCause, Severity
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.log.sharded import ShardedLog, open_log
from core.processes.bills import BillProcess
from core.processes.dispatch import Dispatch
from core.processes.follower import ProcessFollower
from core.processes.indexes import IndexProcess
from core.processes.rules import RuleProcess
from core.processes.states import ImageStates
from core.processes.tags import TagProcess
from core.projections.billing import Billing
from core.projections.findings import Findings
from core.projections.images import Images
from core.projections.interface import Projection, table_name
from core.projections.rules import RuleBooksView
from core.projections.runner import Runner
from core.projections.scans import OpenScans
from core.projections.view import View
from core.rules.applying import RuleApplier
from core.rules.books import RuleBooks
from core.rules.desk import RuleDesk
from core.rules.interface import NoForecasts
from core.rules.reading import Draft
from core.rules.rulings import Rulings, subject_of
from core.rules.subjects import Subjects
from core.storage.interface import Artifacts, Tables
from core.storage.memory import MemoryArtifacts, MemoryQueues, MemoryTables
from tests.support.findings import blob, counted, finding
from tests.support.images import LINUX
from tests.support.ladders import Table, table
from tests.support.samples import MANIFEST, artifact, at, digest, image_name

SHARDS = 4
LATER = 10_000
"""A minute after everything else."""

NAMES: dict[int, ImageName] = {
    **{number: image_name(number) for number in (1, 2, 4, 5, 6, 7)},
    3: replace(image_name(1), repository="another/place"),
}
"""The images; the third is the first's digest in another repository."""
INDEXES = {4: (1, 2, 5, 7), 5: (2, 6), 7: ()}
"""Indexes and what they list: the first the others, the last nothing that could be scanned."""
TAGS = ("latest", "v1", None)
SUBSCRIPTIONS = ("one", "two")

ONE = finding("CVE-2026-0001", "openssl", component="libssl3", severity=Severity.CRITICAL)
TWO = finding("CVE-2026-0002", "zlib", severity=Severity.LOW, fixed=None)
THREE = finding("GHSA-1111-2222-3333", "jinja2", aliases=("CVE-2026-0003",))
MANY = tuple(finding(f"CVE-2026-1{number:03d}", f"p{number % 7}") for number in range(50))
FOUND: tuple[tuple[Finding, ...], ...] = (
    (),
    (ONE,),
    (ONE, TWO),
    (THREE, replace(ONE, version="0.9")),
    MANY,
)
"""What an assessment may find; the last fills more rows than a transaction has."""

PROJECTIONS: tuple[Projection, ...] = (
    Images(),
    OpenScans(),
    Findings(),
    Billing(),
    RuleBooksView(),
)

RULED: tuple[tuple[str, Criteria], ...] = (
    ("one", Criteria(vulnerabilities=("CVE-2026-0001",))),
    ("low", Criteria(severity_at_most=Severity.LOW)),
    ("fixed", Criteria(packages=("pkg:deb/*/jinja2@*",), systems=("debian*",))),
    ("elsewhere", Criteria(repositories=("*/another/*",), everything=True)),
    ("nofix", Criteria(not_patchable=True, digests=(digest(2), digest(6)))),
)
"""Rules; `tests/support/oracle.py` says in its own words what they disable."""

type Step = tuple[int, int, int, int]
"""What happens, to which image, and two numbers more."""

steps = st.tuples(
    st.integers(0, 13), st.sampled_from(sorted(NAMES)), st.integers(0, 30), st.integers(0, 30)
)
lives = st.lists(steps, min_size=1, max_size=25)

ruled_lives = st.lists(
    st.tuples(
        st.sampled_from((0, 2, 5, 9, 9, 9, 9, 11, 11, 11, 12)),
        st.sampled_from((1, 2, 3, 6)),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    min_size=4,
    max_size=20,
)
"""Lives in which rules meet findings more often than by chance."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Where a process takes rules in, and applies them."""

    desk: RuleDesk
    applier: RuleApplier


@dataclass(slots=True)
class World:
    """A log, its followers in two processes, and the tables that they write."""

    log: ShardedLog
    tables: Tables
    artifacts: MemoryArtifacts
    processes: list[Runner]
    ruling: Sequence[Ruling]
    rulings: Rulings
    told: int = 0
    seen: RuleBook = RULES.initial
    """The rules of the first subscription as somebody slow has read them."""

    async def live(self, life: Sequence[Step]) -> None:
        """All of it, and every follower to the end."""
        for kind, number, a, b in life:
            if kind == 0:
                await self.processes[a % 2].catch_up(b % SHARDS)
            elif kind == 11:
                await self.rule(a, b)
            elif kind == 12:
                await self.ruling[a % 2].applier.apply(SUBSCRIPTIONS[b // 20], now=at(b))
            else:
                await self.step(kind, number, a, b)
        await self.processes[0].sweep()
        await self.ruling[0].applier.run(now=at(15))
        await self.processes[0].sweep()
        await self.processes[0].sweep()

    async def step(self, kind: int, number: int, a: int, b: int) -> None:
        """One thing happens to one image."""
        name = NAMES[number]
        match kind:
            case 1:
                await self.tell(name, _push(name, number, a, b))
            case 2:
                await self.tell(name, c.RecordDeletion(deleted_at=at(a)))
            case 3:
                await self.tell(name, c.RecordPull(day=at(a * 24 * 60).date()))
            case 4:
                await self.tell(name, _request(a, b))
            case 10:
                await switch(self.log, SUBSCRIPTIONS[a % 2], on=b % 3 > 0)
            case 5:
                await self.go_on(number, a, b)
            case _:
                if not (await self.image(name)).present:
                    await self.tell(name, _push(name, number, 15 + a // 2, b))
                await self.go_on(number, a, b)
                await self.go_on(number, a, b)

    async def rule(self, a: int, b: int) -> None:
        """Somebody sets a rule or takes one back; somebody else may read the rules by now."""
        desk, subscription = self.ruling[a % 2].desk, SUBSCRIPTIONS[b // 20]
        name, criteria = RULED[a % len(RULED)]
        if b % 3 == 0:
            await desk.remove(subscription, name, by="a test")
        else:
            expires = at(a) if a % 4 else None
            draft = Draft(criteria=criteria, reason="A test.", expires=expires)
            await desk.put(subscription, name, draft, by="a test", now=at(0))
        if b % 2:
            self.seen = await desk.book(SUBSCRIPTIONS[0])

    async def go_on(self, number: int, a: int, b: int) -> None:
        """The image's latest scan takes its next step."""
        image = await self.image(NAMES[number])
        if image.scan is not None:
            await self.tell(NAMES[number], await self._next(number, image, image.scan, a, b))

    async def tell(self, name: ImageName, command: Command) -> None:
        """A command to an image, always a new one."""
        self.told += 1
        cause = Cause(command=command_id("told", self.told), correlation="", causation="")
        await handle(self.log, IMAGE, image_stream(name), command, cause)

    async def image(self, name: ImageName) -> Image:
        """The image as its stream says."""
        return await current(self.log, IMAGE, image_stream(name))

    async def _next(self, number: int, image: Image, scan: Scan, a: int, b: int) -> Command:
        """What may follow for the image's latest scan."""
        known = image.inventory if scan.stage in (Stage.INVENTORIED, Stage.COMPLETED) else None
        system = known.distribution if known else _system(b)
        assessment = await self._assessment(image, scan, a, version=1 + b % 3, system=system)
        match scan.stage:
            case Stage.WAITING:
                return c.StartAttempt(
                    scan=scan.id, attempt=scan.attempt + 1, at=at(LATER), deadline=at(LATER + 15)
                )
            case Stage.INVENTORIED:
                return assessment
            case Stage.COMPLETED if image.inventory is not None:
                return _reassessed(image.inventory.bom.sha256, assessment)
            case _ if number in INDEXES and b % 4 != 3:
                return _index(scan, INDEXES[number])
            case _:
                return _ended(scan, assessment, b)

    async def _assessment(
        self, image: Image, scan: Scan, a: int, *, version: int, system: str | None
    ) -> c.RecordAssessment:
        """Made with rules that may be changed by now, where there was time for that."""
        found = FOUND[a % len(FOUND)]
        subject = subject_of(image, system)
        assert subject is not None
        stale = a % 3 == 0 and subject.subscription == SUBSCRIPTIONS[0]
        book = self.seen if stale else await self.rulings.books.current(subject.subscription)
        return c.RecordAssessment(
            scan=scan.id,
            findings=await self.artifacts.put(blob(*found)),
            counts=counted(*found),
            patchable=sum(one.patchable for one in found),
            uncompared=0,
            advisories=artifact(version),
            advisories_version=version,
            disabled=await self.rulings.by(book, subject, blob(*found)),
        )


def _push(name: ImageName, number: int, a: int, b: int) -> c.RecordPush:
    return c.RecordPush(
        image=name,
        subscription=SUBSCRIPTIONS[b // 3 % 2 if number == 2 else 0],
        tag=TAGS[b % 3],
        media_type=MANIFEST,
        size=None,
        source=e.Source.PUSH,
        pushed_at=at(a),
    )


def _request(a: int, b: int) -> c.RequestScan:
    return c.RequestScan(
        reason=e.ScanReason.REQUEST, priority=tuple(e.Priority)[b % 2], advisories=a % 3
    )


def _system(b: int) -> str | None:
    """What an inventory says that the image is built on."""
    return "debian 12" if b % 2 else None


def _ended(scan: Scan, assessment: c.RecordAssessment, b: int) -> Command:
    attempt = max(scan.attempt, 1)
    inventory = c.RecordInventory(
        scan=scan.id,
        attempt=attempt,
        bom=artifact(77),
        platform=LINUX,
        distribution=_system(b),
        cataloger="trivy 0.76.0",
        packages=b,
        unidentified=0,
    )
    failure = c.RecordFailure(
        scan=scan.id,
        attempt=attempt,
        cause=FailureCause.PULL_DENIED if b % 2 else FailureCause.TIMEOUT,
        message="It failed.",
        retry_at=at(LATER - 1),
    )
    not_applicable = c.RecordNotApplicable(
        scan=scan.id,
        attempt=attempt,
        cause=NotApplicableCause.WINDOWS,
        platform=LINUX,
        message="It is Windows.",
    )
    whole = c.RecordScan(inventory=inventory, assessment=assessment)
    return (whole, whole, inventory, failure, not_applicable, whole)[b // 2 % 6]


def _index(scan: Scan, children: Sequence[int]) -> c.RecordIndex:
    listed = (digest(number) for number in children)
    return c.RecordIndex(
        scan=scan.id,
        attempt=max(scan.attempt, 1),
        children=tuple(e.Child(digest=one, media_type=MANIFEST, platform=LINUX) for one in listed),
    )


def _reassessed(bom: str, assessment: c.RecordAssessment) -> c.Reassess:
    return c.Reassess(
        bom=replace(artifact(77), sha256=bom),
        findings=assessment.findings,
        counts=assessment.counts,
        patchable=assessment.patchable,
        uncompared=assessment.uncompared,
        advisories=assessment.advisories,
        advisories_version=assessment.advisories_version,
        disabled=assessment.disabled,
    )


async def world() -> World:
    """An empty one."""
    tables, artifacts = MemoryTables(), MemoryArtifacts()
    log = await open_log(await tables.open("log"), artifacts, shards=SHARDS)
    await switch_all(log, on=True)
    processes = [await process(tables, artifacts) for _ in range(2)]
    return World(
        log=log,
        tables=tables,
        artifacts=artifacts,
        processes=processes,
        ruling=[await ruling(tables, artifacts, one) for one in processes],
        rulings=Rulings(RuleBooks(log), NoForecasts(), artifacts),
    )


async def process(tables: Tables, artifacts: Artifacts) -> Runner:
    """A process that has just started, with every follower of the log."""
    log = await open_log(await tables.open("log"), artifacts, shards=SHARDS)
    states, dispatch = ImageStates(log), Dispatch(MemoryQueues())
    checkpoints = await tables.open("processes")
    rulings = Rulings(RuleBooks(log), NoForecasts(), artifacts)
    managers = (
        TagProcess(log),
        BillProcess(log, states),
        IndexProcess(log, states, dispatch),
        RuleProcess(log, states, rulings),
    )
    return Runner(
        log,
        [
            *(View(one, tables, artifacts) for one in PROJECTIONS),
            *(ProcessFollower(one, log, checkpoints) for one in managers),
        ],
    )


async def ruling(tables: Tables, artifacts: Artifacts, runner: Runner) -> Ruling:
    """The same process, where it takes rules in."""
    log = await open_log(await tables.open("log"), artifacts, shards=SHARDS)
    dispatch, rulings = Dispatch(MemoryQueues()), Rulings(RuleBooks(log), NoForecasts(), artifacts)
    views = {one.name: await tables.open(table_name(one)) for one in PROJECTIONS}
    desk, subjects = RuleDesk(log, dispatch), Subjects(views["images"], views["findings"])
    progress = await tables.open("ruleprogress")
    applier = RuleApplier(log, views["rules"], progress, subjects, runner, desk, rulings, dispatch)
    return Ruling(desk=desk, applier=applier)


async def switch(log: EventLog, subscription: str, *, on: bool) -> None:
    """Switch a plan, now."""
    now = datetime.now(UTC)
    command = SwitchPlan(subscription=subscription, on=on, by="a test", at=now)
    cause = Cause(command=command_id("switched", subscription, now), correlation="", causation="")
    await handle(log, PLAN, plan_stream(subscription), command, cause)


async def switch_all(log: EventLog, *, on: bool) -> None:
    """Switch every plan, now."""
    for subscription in SUBSCRIPTIONS:
        await switch(log, subscription, on=on)


async def shown(tables: Tables) -> dict[str, Table]:
    """Every row of every view."""
    return {one.name: await table(await tables.open(table_name(one))) for one in PROJECTIONS}
