"""Storage with somebody in between: to count its calls, to slow them, or to make one of them fail.

Every decorator is a real adapter of its port and passes each call to an `Interceptor`. `Calls` only
writes them down, `Faults` loses one of them, `Jitter` lets others run in between.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Protocol

from core.domain.values import Artifact
from core.errors import PratiqueError, StorageUnavailable
from core.storage.account import Account
from core.storage.interface import (
    Artifacts,
    Files,
    Inbox,
    Page,
    Queues,
    Row,
    Rows,
    Tables,
    Where,
    Write,
)


class ProcessDied(BaseException):
    """What no code catches: the process is gone, at this very call.

    No Exception, because nothing that handles those must see it: neither a follower that writes
    down why it stops, nor a runner that lets the others go on.
    """


class Loss(Enum):
    """What of a call is lost."""

    REQUEST = "the request: nothing happened"
    ANSWER = "the answer: it happened, and nobody knows"


class Interceptor(Protocol):
    """Stands between a caller and its storage."""

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        """Make the call `what`, or not."""


@dataclass(slots=True)
class Calls:
    """Writes down what is called, in order."""

    made: list[str] = field(default_factory=list)

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.made.append(what)
        return await do()

    def take(self) -> list[str]:
        """What came since the last look."""
        taken = list(self.made)
        self.made.clear()
        return taken


@dataclass(slots=True)
class Meanwhile:
    """Does something right behind the first call of that kind."""

    after: str
    then: Callable[[], Awaitable[object]]
    done: bool = False
    """Whether it was done already, or is not to be done yet."""

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        answer = await do()
        if what == self.after and not self.done:
            self.done = True
            await self.then()
        return answer


@dataclass(slots=True)
class Faults:
    """Loses the calls whose numbers (from 1) are named, and no other."""

    at: frozenset[int]
    loss: Loss
    error: type[BaseException] = StorageUnavailable
    calls: int = 0
    """How many there were so far."""

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.calls += 1
        if self.calls not in self.at:
            return await do()
        if self.loss is Loss.ANSWER:
            with suppress(PratiqueError):  # whatever the answer was, it is lost
                await do()
        raise self.error(f"{what}: lost {self.loss.value}")


def seeded(seed: int) -> random.Random:
    """Chance that is the same in every run."""
    return random.Random(seed)  # noqa: S311 - repeatable is what it must be


class Jitter:
    """Lets others run before and after every call, by a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = seeded(seed)

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        await self._give_way()
        answer = await do()
        await self._give_way()
        return answer

    async def _give_way(self) -> None:
        for _ in range(self._chance.randrange(3)):
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class InterceptedRows:
    """A table behind an interceptor."""

    inner: Rows
    by: Interceptor

    async def get(self, partition: str, key: str) -> Row | None:
        return await self.by.call(f"get {key}", lambda: self.inner.get(partition, key))

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        return await self.by.call(
            f"range {first}", lambda: self.inner.range(partition, first, last, limit=limit)
        )

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        return await self.by.call("scan", lambda: self.inner.scan(where, limit=limit, token=token))

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        return await self.by.call(
            f"commit {len(writes)}", lambda: self.inner.commit(partition, writes)
        )


@dataclass(frozen=True, slots=True)
class InterceptedTables:
    """An account's tables behind an interceptor."""

    inner: Tables
    by: Interceptor

    async def open(self, name: str) -> Rows:
        rows = await self.by.call(f"open {name}", lambda: self.inner.open(name))
        return InterceptedRows(rows, self.by)

    async def drop(self, name: str) -> None:
        await self.by.call(f"drop {name}", lambda: self.inner.drop(name))


@dataclass(frozen=True, slots=True)
class InterceptedArtifacts:
    """Content-addressed blobs behind an interceptor."""

    inner: Artifacts
    by: Interceptor

    async def put(self, content: bytes) -> Artifact:
        return await self.by.call("put artifact", lambda: self.inner.put(content))

    async def get(self, artifact: Artifact) -> bytes:
        return await self.by.call("get artifact", lambda: self.inner.get(artifact))


@dataclass(frozen=True, slots=True)
class InterceptedFiles:
    """Files behind an interceptor."""

    inner: Files
    by: Interceptor

    async def save(self, name: str, path: Path) -> None:
        await self.by.call("save file", lambda: self.inner.save(name, path))

    async def load(self, name: str, path: Path) -> None:
        await self.by.call("load file", lambda: self.inner.load(name, path))

    async def delete(self, name: str) -> None:
        await self.by.call("delete file", lambda: self.inner.delete(name))


@dataclass(frozen=True, slots=True)
class InterceptedInbox:
    """The inbox behind an interceptor; signing an address asks nobody."""

    inner: Inbox
    by: Interceptor

    async def read(self, path: str, *, limit: int) -> bytes | None:
        return await self.by.call(f"read {path}", lambda: self.inner.read(path, limit=limit))

    async def write_address(self, path: str, *, lifetime: timedelta) -> str:
        return await self.inner.write_address(path, lifetime=lifetime)

    async def report_address(self, queue: str, *, lifetime: timedelta) -> str:
        return await self.inner.report_address(queue, lifetime=lifetime)


@dataclass(frozen=True, slots=True)
class InterceptedQueues:
    """Queues behind an interceptor."""

    inner: Queues
    by: Interceptor

    async def create(self, *queues: str) -> None:
        await self.by.call("create queues", lambda: self.inner.create(*queues))

    async def length(self, queue: str) -> int:
        return await self.by.call("length of a queue", lambda: self.inner.length(queue))

    async def send(self, queue: str, message: bytes) -> None:
        await self.by.call(f"send {queue}", lambda: self.inner.send(queue, message))


def intercepted(account: Account, by: Interceptor) -> Account:
    """All of an account behind one interceptor."""
    return replace(
        account,
        tables=InterceptedTables(account.tables, by),
        artifacts=InterceptedArtifacts(account.artifacts, by),
        feeds=InterceptedFiles(account.feeds, by),
        inbox=InterceptedInbox(account.inbox, by),
        queues=InterceptedQueues(account.queues, by),
    )
