"""The voyage: what happens, by chance, to a few hundred images; and how it comes to its end."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.criteria import Criteria
from core.domain.events import Priority, ScanReason
from core.domain.image.commands import RecordPull
from core.domain.values import FailureCause, NotApplicableCause
from core.errors import PratiqueError, SandboxError
from core.registry.events import Deleted, Pushed
from core.registry.references import parse_resource
from core.rules.reading import Draft
from core.sandbox.interface import Status
from core.scanning.published import publish
from core.storage.account import Account
from core.storage.memory import MemoryQueues
from dev.inprocess import Delivered, InProcess, memory_account
from functions.bootstrap import build
from tests.faults.storage import intercepted, seeded
from tests.soak.weather import Post, Storm
from tests.support.advisories import below, record
from tests.support.desk import RESOURCE, ZLIB, Desk, app_settings, compiled, desk
from tests.support.samples import REPOSITORY, SUBSCRIPTION, at, digest
from tests.support.sandboxes import CLEAN, VULNERABLE, Sandboxes
from tests.support.sweeping import FakeRegistry, Held, client_of, serving
from tests.support.topics import MemoryTopic

IMAGES = 120
TAGS = ("latest", "v1", "v2", None)
_BRINGS: Sequence[Delivered] = (
    CLEAN,
    CLEAN,
    VULNERABLE,
    VULNERABLE,
    Delivered(
        status=Status.NOT_APPLICABLE,
        parts={"cause": NotApplicableCause.WINDOWS, "message": "It is Windows.", "os": "windows"},
    ),
    Delivered(
        status=Status.FAILED, parts={"cause": FailureCause.PULL_DENIED, "message": "Not allowed."}
    ),
    Delivered(status=Status.FAILED, parts={"cause": FailureCause.TIMEOUT, "message": "Too slow."}),
)
"""What a sandbox may bring out of an image."""
_ADVISORIES = tuple(
    record(f"DEBIAN-CVE-2026-{number}", below("Debian:12", "zlib", f"1.{number}"))
    for number in range(2, 9)
)
"""Advisories that come into force one after the other: the later, the more it touches."""


@dataclass(slots=True)
class Voyage:
    """A fleet under way, in two processes over one account."""

    chance: random.Random
    folder: Path
    account: Account
    sandboxes: Sandboxes
    topic: MemoryTopic
    desks: Sequence[Desk]
    """Two processes; each has its own connection to storage."""
    storms: Sequence[Storm]
    post: Post
    registry: FakeRegistry
    """What is in the registry is known when the voyage is over: it has told of it in any order."""
    heard: list[Pushed | Deleted] = field(default_factory=list)
    """Events of the registry that may come again."""
    hours: float = 0
    """How far the clock is ahead."""
    published: int = 0
    done: Counter[str] = field(default_factory=Counter)
    """What happened, and how often."""
    troubles: Counter[str] = field(default_factory=Counter)
    """What it was answered with."""

    async def sail(self) -> None:
        """One thing happens."""
        steps = (
            (self._push, 22),
            (self._hear_again, 8),
            (self._delete, 4),
            (self._pull, 6),
            (self._ask, 4),
            (self._handle, 90),
            (self._sandbox, 22),
            (self._watch, 6),
            (self._sweep, 2),
            (self._publish, 0.3),
            (self._plan, 0.3),
            (self._tell, 2),
            (self._rule, 1),
            (self._expire, 1),
        )
        [step] = self.chance.choices(
            [each for each, _ in steps], weights=[weight for _, weight in steps]
        )
        await self._try(step.__name__.removeprefix("_"), step())

    async def arrive(self) -> None:
        """The weather clears, and everything is given the time to come to its end."""
        for storm in self.storms:
            storm.strength = 0
        self.post.bad, self.sandboxes.trouble, self.sandboxes.lingering = False, None, False
        one = self.desks[0]
        await one.app.services.plans.switch(SUBSCRIPTION, on=True, by="the soak")
        one.app.services.enrolment.forget()
        for hour in range(30):
            self.hours += 1
            if hour % 10 == 0:
                await self._reconcile(one)
            while await one.app.step():
                pass
            await self.sandboxes.finish_all()
            await one.app.services.scanning.watchdog.look(self._now)
            await one.app.services.following.runner.sweep()
            await one.app.services.ruling.applier.run(now=self._now)
            await one.app.services.reassessor.run()
            await self._tell()
        while await one.app.step():
            pass
        await one.app.services.following.runner.sweep()

    async def _reconcile(self, one: Desk) -> None:
        """Look into the registry: for what no event told, and what was withdrawn meanwhile."""
        self.registry.now = self._now
        self.registry.repositories = self.held()
        await one.app.services.following.runner.sweep()
        await one.app.services.holdings.sweeper.run(parse_resource(RESOURCE), self._now)

    def held(self) -> dict[str, dict[str, Held]]:
        """What the registry has in the end: all that happened there, by its own clock. What was
        pushed and deleted in one moment is gone."""
        images: dict[str, Held] = {}
        for event in sorted(self.heard, key=lambda one: (one.timestamp, isinstance(one, Deleted))):
            if isinstance(event, Deleted):
                images.pop(event.digest, None)
                continue
            held = images.setdefault(event.digest, Held(tags=set(), updated=self._now))
            if event.tag is not None:
                for other in images.values():
                    other.tags.discard(event.tag)
                held.tags.add(event.tag)
        return {REPOSITORY: images}

    @property
    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.hours)

    @property
    def _desk(self) -> Desk:
        return self.chance.choice(self.desks)

    async def _try(self, what: str, doing: object) -> None:
        self.done[what] += 1
        try:
            await doing  # type: ignore[misc]  # a coroutine of one of our own methods
        except* (PratiqueError, SandboxError) as group:
            for error in group.exceptions:
                self.troubles[type(error).__name__] += 1
            if what == "handle":
                self.post.failed()

    async def _push(self) -> None:
        minute = len(self.heard) + self.chance.randint(-3, 3)
        pushed = self._desk.pushed(self._any(), self.chance.choice(TAGS), minute=minute)
        self.heard.append(pushed)
        if self.chance.random() < 0.9:  # else it comes late, when it is heard again
            await self._desk.app.services.scanning.intake.take(pushed)

    async def _hear_again(self) -> None:
        if self.heard:
            event = self.chance.choice(self.heard[-60:])
            await self._desk.app.services.scanning.intake.take(event)

    async def _delete(self) -> None:
        number = self._any()
        like = self._desk.pushed(number, None, minute=len(self.heard) + self.chance.randint(-3, 1))
        deleted = Deleted(
            id=f"{like.id}-deleted",
            resource=like.resource,
            login_server=like.login_server,
            repository=like.repository,
            digest=digest(number),
            timestamp=like.timestamp,
        )
        self.heard.append(deleted)
        await self._desk.app.services.scanning.intake.take(deleted)

    async def _pull(self) -> None:
        await self._desk.tell(self._any(), RecordPull(day=at(60 * 24 * len(self.heard)).date()))

    async def _ask(self) -> None:
        reason = self.chance.choice((ScanReason.REQUEST, ScanReason.PULLED))
        priority = self.chance.choice(tuple(Priority))
        await self._desk.ask(reason, priority, number=self._any())

    async def _handle(self) -> None:
        await self._desk.app.step()

    async def _sandbox(self) -> None:
        """One of the sandboxes ends, in one way or another; or none can be had."""
        self.sandboxes.trouble = SandboxError("no room") if self.chance.random() < 0.05 else None
        self.sandboxes.lingering = self.chance.random() < 0.1
        if not self.sandboxes.running:
            return
        order = self.chance.choice(list(self.sandboxes.running.values()))
        fate = self.chance.random()
        await self.sandboxes.finish(order, report=fate > 0.1, outcome=fate > 0.05)

    async def _watch(self) -> None:
        self.hours += self.chance.choice((0, 0, 0.01, 0.3))
        await self._desk.app.services.scanning.watchdog.look(self._now)

    async def _sweep(self) -> None:
        await self._desk.app.services.following.runner.sweep()

    async def _publish(self) -> None:
        self.published = min(self.published + 1, len(_ADVISORIES))
        core, records = self._desk.app.services, _ADVISORIES[: self.published]
        out = compiled(self.folder, ZLIB, *records)
        await publish(core.log, self.account.artifacts, out, records=len(records) + 1)
        await core.reassessor.run()

    async def _plan(self) -> None:
        on = self.chance.random() < 0.8
        await self._desk.app.services.plans.switch(SUBSCRIPTION, on=on, by="the soak")

    async def _rule(self) -> None:
        """Somebody decides, for some hours, not to mind an advisory; or thinks better of it."""
        rules, number = self._desk.app.services.ruling.desk, self.chance.randint(1, 8)
        name = f"rule-{number}"
        if self.chance.random() < 0.3:
            await rules.remove(SUBSCRIPTION, name, by="the soak")
            return
        draft = Draft(
            criteria=Criteria(vulnerabilities=(f"CVE-2026-{number}", f"DEBIAN-CVE-2026-{number}")),
            reason="It is not reachable.",
            expires=self._now + timedelta(hours=self.chance.choice((0.2, 2, 2000))),
        )
        await rules.put(SUBSCRIPTION, name, draft, by="the soak", now=self._now)

    async def _expire(self) -> None:
        await self._desk.app.services.ruling.applier.run(now=self._now)

    async def _tell(self) -> None:
        delivery = self._desk.app.services.notices.delivery
        assert delivery is not None
        await delivery.deliver(self._now)

    def _any(self) -> int:
        return self.chance.randint(1, IMAGES)


@asynccontextmanager
async def embark(
    seed: int, folder: Path, *, strength: float = 0.01, storage: Account | None = None
) -> AsyncIterator[Voyage]:
    """A fleet that sets out; the same seed meets the same weather. Its tables and blobs are in
    memory, or in that account."""
    async with serving(FakeRegistry()) as (registry, server):
        yield await _launch(seed, folder, strength, _account(storage), registry, server)


def _account(storage: Account | None) -> Account:
    """Queues and the inbox are in memory in any case: the post and sandboxes are the soak's own."""
    account = memory_account()
    if storage is None:
        return account
    return replace(account, tables=storage.tables, artifacts=storage.artifacts, feeds=storage.feeds)


async def _launch(
    seed: int, folder: Path, strength: float, account: Account, registry: FakeRegistry, server: str
) -> Voyage:
    chance, topic = seeded(seed), MemoryTopic()
    first = await desk(compiled(folder, ZLIB), account=account, topic=topic)
    first.sandboxes.patient = True
    for number in range(1, IMAGES + 1):
        first.sandboxes.brings[digest(number)] = chance.choice(_BRINGS)
    assert isinstance(account.queues, MemoryQueues)
    post = Post(account.queues, chance)
    storms = [Storm(chance, 0), Storm(chance, 0)]
    desks = [await _process(first, storm, post, topic, server) for storm in storms]
    for storm in storms:
        storm.strength = strength
    return Voyage(
        chance=chance,
        folder=folder,
        account=account,
        sandboxes=first.sandboxes,
        topic=topic,
        desks=desks,
        storms=storms,
        post=post,
        registry=registry,
    )


async def _process(like: Desk, storm: Storm, post: Post, topic: MemoryTopic, server: str) -> Desk:
    """A process of the app, which sees its storage through a storm of its own."""
    around = intercepted(like.account, storm)
    services = await build(
        app_settings(),
        around,
        like.sandboxes,
        topic=topic,
        connect=lambda endpoint: client_of(server),
    )
    app = InProcess(services=services, mailbox=post)
    return Desk(account=like.account, app=app, sandboxes=like.sandboxes, slots=like.slots)
