"""What it takes to assess a whole fleet anew when other advisories come into force.

The core runs in this process over storage that `stores.py` chooses. What is measured begins with
nothing in memory: each time the storage account is opened anew, and the database is fetched.
`FLEET_IMAGES` says how many images there are (10,000 in the project's own target); with
`ADVISORIES=<files or folders of OSV records, separated by colons>` the real ones are used; with
`FLEET_STORE=memory` storage costs nothing, and what is left is our own share.
"""

import os
import resource
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bench.figures import seconds
from bench.fleet_data import FleetData, Installed, advisory, made_up
from bench.fleet_filling import fill
from bench.sections import Section
from bench.stores import storage, told
from bench.stories import show
from core.advisories import sources
from core.advisories.compiler import compile_database
from core.fleet.reassess import Reassessment
from core.fleet.store import open_fleet
from core.sandbox.local import LocalSandbox
from core.scanning.published import publish
from core.storage.account import Account, direct, open_account
from dev.inprocess import memory_account
from dev.recording import Recorder
from functions.bootstrap import Services, build
from functions.settings import read_settings

IMAGES = 1_000
PACKAGES = 250
DISTINCT = 30_000
"""Distinct packages that there are to choose from."""
FEW = 0.05
"""The share of images that the second database gives another verdict, at most."""
CHANGES = 100
"""Advisories that the third database has beyond the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One reassessment."""

    what: str
    images: int
    """Images that were given another verdict."""
    looked_at: int
    assessed: float
    """Seconds until the fleet was assessed, and that was recorded."""
    shown: float
    """Seconds until all views showed it, from the beginning."""
    requests: int
    """Storage requests until the fleet was assessed."""


async def measure(folder: Path) -> Sequence[Section]:
    """Make the fleet, then publish three databases, one after the other."""
    count = int(os.environ.get("FLEET_IMAGES", IMAGES))
    records = _records()
    data = FleetData(records, images=count, packages=PACKAGES, distinct=DISTINCT)
    async with _store(folder) as store:
        bench = _Bench(store, folder, records)
        made = await bench.fill(data)
        rare = data.rare()
        measured = [
            await bench.reassess("the very first assessment", []),
            await bench.reassess(
                "everything anew, few images changed",
                named_for(rare, count * FEW, 2_000, "FEW"),
                whole=True,
            ),
            await bench.reassess(
                f"a change of {CHANGES} advisories", named_for(rare, count * FEW, CHANGES, "CHANGE")
            ),
        ]
    return [_section(data, made, measured)]


class _Store(Protocol):
    """Where the fleet is kept."""

    def open(self, recorder: Recorder | None = None) -> AbstractAsyncContextManager[Account]:
        """The account, as a process opens it; its requests are recorded, if there are any."""


@dataclass(frozen=True, slots=True)
class _Emulated:
    storage: str

    def open(self, recorder: Recorder | None = None) -> AbstractAsyncContextManager[Account]:
        return open_account(self.storage, transport=recorder.transport if recorder else direct)


@dataclass(frozen=True, slots=True)
class _InMemory:
    account: Account

    def open(self, recorder: Recorder | None = None) -> AbstractAsyncContextManager[Account]:
        return nullcontext(self.account)


@asynccontextmanager
async def _store(folder: Path) -> AsyncIterator[_Store]:
    if os.environ.get("FLEET_STORE") == "memory":
        yield _InMemory(memory_account())
        return
    async with storage(folder) as connection_string:
        yield _Emulated(connection_string)


def _stored() -> str:
    return "storage in memory" if os.environ.get("FLEET_STORE") == "memory" else told()


def _records() -> list[bytes]:
    given = os.environ.get("ADVISORIES")
    if not given:
        return list(made_up(12_000))
    paths = [Path(path) for path in given.split(":")]
    return [item for item in sources.read(paths) if isinstance(item, bytes)]


def named_for(
    rare: Iterator[tuple[Installed, int]], images: float, most: int, prefix: str
) -> list[bytes]:
    """At most so many advisories, each on a package of its own; no more images have them."""
    named: list[bytes] = []
    held = 0
    for package, count in rare:
        if len(named) == most or held + count > images:
            break
        held += count
        name = f"{prefix}-{len(named)}"
        named.append(advisory(name, package.ecosystem, package.name, None))
    return named


class _Bench:
    """The fleet in storage, and what was published so far."""

    def __init__(self, store: _Store, folder: Path, records: Sequence[bytes]) -> None:
        self._store = store
        self._folder = folder
        self._records = list(records)

    async def fill(self, data: FleetData) -> float:
        """Make the images, bring all views up to date; seconds that the fleet's own view took."""
        async with self._process() as (services, _), self._store.open() as account:
            await fill(services.log, account.artifacts, data)
            await show(services.log, services.following.runner)
            began = time.perf_counter()
            store = await open_fleet(services.log, account.tables, account.artifacts)
            await store.catch_up()
            return time.perf_counter() - began

    async def reassess(self, what: str, more: Sequence[bytes], *, whole: bool = False) -> Measured:
        """Publish the records so far and some more, and assess the fleet in a new process."""
        self._records += more
        file, database = self._folder / "records.jsonl", self._folder / "advisories.sqlite"
        file.write_bytes(b"\n".join(self._records))
        compiled = compile_database([file], database)
        async with self._process() as (services, recorder):
            async with self._store.open() as account:
                await publish(services.log, account.artifacts, database, records=compiled.read)
            recorder.take()
            began = time.perf_counter()
            done = await services.reassessor.run(whole=whole)
            assessed = time.perf_counter() - began
            requests = len(recorder.take())
            await show(services.log, services.following.runner)
            shown = time.perf_counter() - began
        if done is None or not done.complete:
            raise RuntimeError(f"{what}: the fleet could not be assessed: {done}")
        return _measured(what, done, assessed, shown, requests)

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[tuple[Services, Recorder]]:
        """The core, as a process has it that has just been started."""
        recorder = Recorder()
        settings = replace(
            read_settings({"AzureWebJobsStorage": "named by the bench"}),
            sandbox_folder=self._folder,
        )
        sandbox = LocalSandbox(folder=self._folder, tools={})
        async with self._store.open(recorder) as account:
            yield await build(settings, account, sandbox), recorder


def _measured(
    what: str, done: Reassessment, assessed: float, shown: float, requests: int
) -> Measured:
    return Measured(
        what=what,
        images=done.changed,
        looked_at=done.looked_at,
        assessed=assessed,
        shown=shown,
        requests=requests,
    )


def _section(data: FleetData, made: float, measured: Sequence[Measured]) -> Section:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Section(
        title="A fleet, when other advisories come into force",
        measured=f"{data.images:,} images of {PACKAGES} packages, of {DISTINCT:,} that there"
        f" are, over {_stored()}. Each time the core begins with nothing in memory."
        " Assessed: every image has its"
        " verdict in the log, and that it is so stands there too. Shown: every view shows it."
        f" (Before, the fleet's view of all inventories was made in {seconds(made)};"
        f" this process took {memory} MB at most, the making of the fleet included.)",
        columns=("", "looked at", "changed", "assessed", "requests", "shown"),
        rows=[
            (
                one.what,
                f"{one.looked_at:,}",
                f"{one.images:,}",
                seconds(one.assessed),
                f"{one.requests:,}" if one.requests else "-",
                seconds(one.shown),
            )
            for one in measured
        ],
    )
