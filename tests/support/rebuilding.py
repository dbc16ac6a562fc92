"""A log with a ladder over it (`ladders.py`), in processes that may die, and a clock by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from core.log.interface import EventLog
from core.log.sharded import ShardedLog, open_log
from core.processes.dispatch import Dispatch
from core.projections.active import ActiveTables
from core.projections.interface import Projection
from core.projections.runner import Runner
from core.projections.sweep import Sweep
from core.projections.view import View
from core.projections.views import Views
from core.rebuilding.rebuilder import GRACE, Rebuilder
from core.rebuilding.state import Rebuild, Rebuilds
from core.storage.interface import Queues, Rows, Tables
from core.storage.memory import MemoryArtifacts, MemoryQueues, MemoryTables
from tests.faults.storage import InterceptedTables, Interceptor
from tests.support.ladders import Ladder, Table, table
from tests.support.tally import add, streams_of

SHARDS = 2
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Goes on when it is told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        """So much later."""
        self.now += time


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What one process of the app has of the view."""

    log: ShardedLog
    views: Views
    live: View
    runner: Runner
    sweep: Sweep
    rebuilder: Rebuilder

    @property
    def projection(self) -> Projection:
        """The only one."""
        return next(iter(self.views.all.values()))

    async def shown(self) -> Table:
        """What a reader of this process sees."""
        return await table(self.views.rows(self.projection))


@dataclass(frozen=True, slots=True)
class Own:
    """Tables that share an account with others of the same names."""

    account: Tables
    prefix: str

    async def open(self, name: str) -> Rows:
        return await self.account.open(f"{self.prefix}{name}")

    async def drop(self, name: str) -> None:
        await self.account.drop(f"{self.prefix}{name}")


@dataclass(slots=True)
class Site:
    """The storage that all processes share."""

    tables: Tables = field(default_factory=MemoryTables)
    queues: MemoryQueues = field(default_factory=MemoryQueues)
    clock: Clock = field(default_factory=Clock)
    told: int = 0

    async def process(
        self,
        ladder: Ladder | None = None,
        *,
        by: Interceptor | None = None,
        halts: bool = False,
        fresh: float = 0.0,
        then: Callable[[Tables], Tables] = lambda tables: tables,
        queues: Queues | None = None,
    ) -> Process:
        """A process that has just begun, its view parking or halting. It may send its messages
        into `queues` of its own."""
        tables: Tables = then(InterceptedTables(self.tables, by) if by else self.tables)
        log = await open_log(await tables.open("log"), MemoryArtifacts(), shards=SHARDS)
        projection = ladder or Ladder()
        views = Views(
            log=log,
            tables=tables,
            artifacts=MemoryArtifacts(),
            active=ActiveTables(tables, fresh=fresh),
            parking=() if halts else (projection,),
            halting=(projection,) if halts else (),
        )
        live = views.live(projection)
        runner = Runner(log, [live])
        return Process(
            log=log,
            views=views,
            live=live,
            runner=runner,
            sweep=Sweep(log, runner, [live]),
            rebuilder=Rebuilder(
                log, views, Dispatch(queues or self.queues), now=self.clock, heard=0.0
            ),
        )

    async def say(self, *numbers: int, shard: int = 0, stream: int = 0) -> None:
        """Record numbers, each by a command of its own."""
        log = await self.log()
        one = streams_of(log, shard, stream + 1)[stream]
        for number in numbers:
            self.told += 1
            await add(log, one, number, once=("told", self.told))

    async def log(self) -> ShardedLog:
        """The log, as nobody disturbs it."""
        return await open_log(await self.tables.open("log"), MemoryArtifacts(), shards=SHARDS)

    async def rebuild(self) -> Rebuild:
        """How the last rebuild stands."""
        latest = await Rebuilds(self.tables).latest("ladder")
        assert latest is not None
        return latest

    async def there(self, name: str) -> bool:
        """Whether a table has any rows, or checkpoints."""
        rows = await self.tables.open(name)
        return bool((await rows.scan()).rows)

    async def to_the_end(self, process: Process) -> Rebuild:
        """Work until nothing is left to do."""
        for _ in range(20):
            await process.rebuilder.work(process.projection)
            if not (latest := await self.rebuild()).running:
                return latest
            self.clock.pass_by(GRACE)
        raise AssertionError("the rebuild does not come to its end")


async def undisturbed(log: EventLog, ladder: Ladder | None = None) -> Table:
    """What a view that nothing has ever troubled shows of the ladders in the log."""
    tables = MemoryTables()
    sound = replace(ladder or Ladder(), poison=set())
    for shard in range(log.shards):
        view = View(sound, tables, MemoryArtifacts())
        await view.follow(shard, await log.read(shard, after=0, limit=10_000))
    return await table(await tables.open(f"{sound.name}v{sound.version}"))
