"""Answers Resource Graph's questions: brings the database up to date, asks it, and tells what it
says in Azure's shape."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from core.access.scope import Scope
from core.errors import PratiqueError
from core.query.shapes import Json
from core.resource_graph.answering import Asked, answered
from core.resource_graph.contents import Contents
from core.resource_graph.database import Database, Limits
from core.resource_graph.feed import Brought, Feed
from core.resource_graph.questions import Question
from core.resource_graph.seeing import visible_in

FRESH = 2.0
"""Seconds for which the database is not brought up to date again."""
PATIENCE = 25.0
"""Seconds that a question waits for that."""
_AT_ONCE = 2
"""Queries that run at the same time; others wait for their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, and how far behind it may be."""

    body: dict[str, Json]
    brought: Brought


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """The process is new, and still reads the fleet."""


class ResourceGraph:
    """Answers in one process."""

    def __init__(self, feed: Feed, limits: Limits | None = None) -> None:
        """`limits` are those of what a query may spend."""
        self.feed = feed
        self._limits = limits or Limits()
        self._opened: tuple[Database, Contents] | None = None
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="resource-graph")
        self._brought: Brought | None = None
        self._looked = -FRESH
        self._bringing: asyncio.Task[Brought] | None = None

    async def answer(self, question: Question, scope: Scope) -> Answered | NotReady:
        """What the rows are that the question asks for, of those that its asker may see.
        InvalidInput for one that makes no sense."""
        brought = await self._fresh()
        if brought is None:
            return NotReady()
        body = await self._in_thread(partial(self._run, question, scope))
        return Answered(body=body, brought=brought)

    def _run(self, question: Question, scope: Scope) -> dict[str, Json]:
        database = self._database
        visible = visible_in(database, question, scope)
        return answered(database, Asked.of(question, visible), datetime.now(UTC))

    async def _in_thread[Result](self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def forget(self) -> None:
        """Look again at the next question: something was just changed here."""
        self._looked = -FRESH

    async def _fresh(self) -> Brought | None:
        """How far the database is, once it is up to date; `None` where that takes too long. It goes
        on by itself then."""
        if self._brought is not None and time.monotonic() - self._looked < FRESH:
            return self._brought
        if self._bringing is None or self._bringing.done():
            self._bringing = asyncio.create_task(self._bring())
        try:
            return await asyncio.wait_for(asyncio.shield(self._bringing), PATIENCE)
        except TimeoutError:
            return None

    async def _bring(self) -> Brought:
        looked = time.monotonic()
        if self._opened is None:
            database = await asyncio.to_thread(Database, self._limits)
            self._opened = database, Contents(database)
        self._brought = await self.feed.bring(self._opened[1])
        self._looked = looked
        return self._brought

    @property
    def _database(self) -> Database:
        if self._opened is None:
            raise PratiqueError("nothing was read yet")
        return self._opened[0]
