"""Sweeps registries: compares what they hold with what is known, and records what nobody told.

A slice visits repositories until its time is up, and writes down how far it came after each. It
may be repeated, run beside another or die anywhere: what is recorded says when it was seen, and an
image's own decider knows what of it is news.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import batched

from core.domain.events import Source
from core.enrolment.enrolment import Enrolled, Enrolling, Enrolment
from core.errors import AccessDenied, RegistryError, UntrustedContent
from core.processes.dispatch import Dispatch
from core.reconcile.comparing import Missing, news
from core.reconcile.holdings import AT_A_TIME, Connect, holdings
from core.reconcile.known import KnownImages, known_images
from core.reconcile.recording import Absent, Looked, Recorder
from core.reconcile.sweeps import LEASE, Held, Phase, Sweep, Sweeps
from core.registry.client import RegistryClient
from core.registry.references import RegistryResource
from core.storage.interface import RowReader

logger = logging.getLogger(__name__)

SLICE = timedelta(seconds=90)
"""How long a slice goes on to further repositories."""
TOGETHER = 1000
"""What is recorded at a time of one repository: a few transactions to each shard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often registries are swept, and how far back what is found is scanned."""

    every: timedelta
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One slice, while it goes on."""

    client: RegistryClient
    enrolled: Enrolled
    known: KnownImages
    now: datetime


class Sweeper:
    """Looks into registries."""

    def __init__(
        self,
        enrolment: Enrolment,
        connect: Connect,
        images: RowReader,
        sweeps: Sweeps,
        recorder: Recorder,
        dispatch: Dispatch,
        pace: Pace,
    ) -> None:
        self._enrolment = enrolment
        self._connect = connect
        self._images = images
        self._sweeps = sweeps
        self._recorder = recorder
        self._dispatch = dispatch
        self._pace = pace

    async def ask(self, subscription: str) -> Sequence[RegistryResource]:
        """Have every enrolled registry of a subscription swept soon; which they are."""
        registries = [
            one.resource
            for one in await self._enrolment.all()
            if one.resource.subscription == subscription.lower()
        ]
        for one in registries:
            await self._dispatch.sweep(str(one))
        return registries

    async def ask_one(self, name: str) -> Enrolling | None:
        """Have one registry swept soon, by its name; `None` where none is called so."""
        found = await self._enrolment.named(name)
        if isinstance(found, Enrolled):
            await self._dispatch.sweep(str(found.resource))
        return found

    async def look_after(self, now: datetime | None = None) -> None:
        """Begin the sweeps that are due, and go on with those that were left."""
        at = now or datetime.now(UTC)
        for enrolled in await self._enrolment.all():
            sweep = await self._sweeps.of(enrolled.resource)
            if sweep.due(at, self._pace.every):
                await self._dispatch.sweep(str(enrolled.resource))

    async def run(
        self,
        registry: RegistryResource,
        now: datetime | None = None,
        *,
        slice_: timedelta = SLICE,
    ) -> bool:
        """One slice of a registry's sweep; whether it is at its end. What is left is asked for by a
        message, and found by the timer should that be lost."""
        at = now or datetime.now(UTC)
        enrolled = await self._enrolment.by_resource(registry)
        if not isinstance(enrolled, Enrolled):
            return True  # nothing of it is looked at any more
        held = await self._sweeps.take(registry, at)
        if held is None:
            return False
        try:
            done = await self._slice(enrolled, held, at, time.monotonic() + slice_.total_seconds())
        except RegistryError as error:
            logger.error("the sweep of %s broke off: %s", registry, error)
            await self._sweeps.break_off(registry, str(error))
            return False
        if not done:
            await self._dispatch.sweep(str(registry))
        return done

    async def _slice(self, enrolled: Enrolled, held: Held, now: datetime, until: float) -> bool:
        server = enrolled.endpoint.login_server
        known = await known_images(self._images, server)
        async with self._connect(enrolled.endpoint) as client:
            visit = _Visit(client=client, enrolled=enrolled, known=known, now=now)
            first = True
            async for phase, repository in self._repositories(visit, held.sweep):
                if not first and time.monotonic() >= until:
                    left = replace(held.sweep, busy_until=None)
                    await self._sweeps.keep(enrolled.resource, held, left)
                    return False
                first = False
                after = replace(
                    await self._visit(visit, repository, held.sweep),
                    phase=phase,
                    cursor=repository,
                    busy_until=datetime.now(UTC) + LEASE,
                )
                further = await self._sweeps.keep(enrolled.resource, held, after)
                if further is None:
                    return True  # somebody else has gone on with it
                held = further
        done = replace(
            held.sweep, phase=Phase.DONE, cursor="", finished_at=datetime.now(UTC), busy_until=None
        )
        await self._sweeps.keep(enrolled.resource, held, done)
        return True

    async def _repositories(self, visit: _Visit, sweep: Sweep) -> AsyncIterator[tuple[Phase, str]]:
        """What is left to be visited: what is known, then what the registry lists beside it."""
        if sweep.phase is Phase.KNOWN:
            for repository in sorted(visit.known):
                if repository > sweep.cursor:
                    yield Phase.KNOWN, repository
        after = sweep.cursor if sweep.phase is Phase.LISTED else ""
        async for repository in visit.client.repositories(after):
            if repository not in visit.known:
                yield Phase.LISTED, repository

    async def _visit(self, visit: _Visit, repository: str, sweep: Sweep) -> Sweep:
        """The sweep with one more repository in its counts. One that cannot be read, or is not to
        be believed, keeps none of the others."""
        try:
            found, gone = await self._repository(visit, repository)
        except (AccessDenied, UntrustedContent) as error:
            logger.error("the sweep of %s leaves out %s: %s", visit.enrolled, repository, error)
            return replace(sweep, trouble=f"{repository} was left out: {error}")
        return replace(sweep, found=sweep.found + found, gone=sweep.gone + gone)

    async def _repository(self, visit: _Visit, repository: str) -> tuple[int, int]:
        """Compare one repository; how much was found there, and how much was gone."""
        known = visit.known.get(repository, {})
        azure = not visit.enrolled.endpoint.plain_http
        listing = holdings(visit.client, repository, lists_manifests=azure)
        listed = [one async for one in listing]
        present, missing = news(listed, known, now=visit.now, window=self._pace.window)
        looked = Looked(enrolled=visit.enrolled, repository=repository, source=Source.RECONCILE)
        found = gone = 0
        for present_ones in batched(present, TOGETHER, strict=False):
            found += await self._recorder.present(looked, present_ones)
        for missing_ones in batched(missing, TOGETHER, strict=False):
            absent = await _absent(visit.client, repository, missing_ones)
            gone += await self._recorder.gone(looked, absent)
        return found, gone


async def _absent(
    client: RegistryClient, repository: str, missing: Sequence[Missing]
) -> list[Absent]:
    """Ask for what was not listed, by its own name: only its absence there is believed."""
    absent: list[Absent] = []
    for some in batched(missing, AT_A_TIME, strict=False):
        looks = (client.look(repository, one.tag or one.digest) for one in some)
        seen = await asyncio.gather(*looks)
        absent += [
            Absent(missing=one, seen=answer)
            for one, answer in zip(some, seen, strict=True)
            if answer.digest is None
        ]
    return absent
