"""Whatever is lost, whoever comes in between: the fleet ends right, and no claim is ever false."""

import asyncio
from collections.abc import Awaitable, Callable, Container
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from core.errors import StorageUnavailable
from core.storage.account import Account
from dev.inprocess import memory_account
from tests.faults.storage import Calls, Faults, Interceptor, Jitter, Loss, ProcessDied, intercepted
from tests.support.advisories import below, record
from tests.support.fleet import Fleet, deb, fleet

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
CURL = record("DEBIAN-CVE-2026-2", below("Debian:12", "curl", "8.0"), upstream=["CVE-2026-2"])
OLD, NEW = deb("zlib", "1.2"), deb("zlib", "1.4")
IMAGES = range(1, 5)
_PREPARED: dict[tuple[int, ...], Account] = {}
"""What `prepared` has made, to be copied: every walk begins there again for each of its calls."""


async def prepared(folder: Path, old: Container[int] = (1, 3)) -> Account:
    """Four images, of which some will have another verdict; the fleet's view knows none of them."""
    key = tuple(number for number in IMAGES if number in old)
    if key not in _PREPARED:
        _PREPARED[key] = await _prepare(folder, old)
    return deepcopy(_PREPARED[key])


async def _prepare(folder: Path, old: Container[int]) -> Account:
    account = memory_account()
    world = await fleet(account, folder)
    await world.publish(CURL)
    for number in IMAGES:
        await world.scan(number, OLD if number in old else NEW)
    await world.publish(CURL, ZLIB)
    return account


async def check(account: Account, folder: Path) -> None:
    """The fleet is assessed as it should be, and each image heard of it once."""
    world = await fleet(account, folder)
    done = await world.reassessor.run()
    assert done is not None
    assert done.complete
    assert await world.claim_holds()
    for number in IMAGES:
        image = await world.state(number)
        assert image.counts.total == number % 2
        assert image.scans == 1 + number % 2
        assert image.open_scan is None
    published = await world.published()
    assert published.assessed is not None
    assert published.assessed.version == 2


async def calls(folder: Path, old: Container[int] = (1, 3)) -> range:
    """The calls of storage that a run makes when nothing is lost, by their numbers."""
    counted = Calls()
    world = await fleet(intercepted(await prepared(folder, old), counted), folder)
    counted.take()
    await world.reassessor.run()
    return range(1, len(counted.take()) + 1)


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("error", [StorageUnavailable, ProcessDied])
async def test_a_call_that_is_lost_is_made_up_for(
    tmp_path: Path, loss: Loss, error: type[BaseException]
) -> None:
    for call in await calls(tmp_path):
        account = await prepared(tmp_path)
        faults = Faults(frozenset(), loss, error)
        world = await fleet(intercepted(account, faults), tmp_path)
        faults.calls, faults.at = 0, frozenset({call})
        try:
            await world.reassessor.run()
        except (StorageUnavailable, ProcessDied):
            pass
        except BaseExceptionGroup as group:
            assert group.split((StorageUnavailable, ProcessDied))[1] is None  # noqa: PT017 - its parts
        assert faults.calls >= call
        await check(account, tmp_path)


@dataclass(slots=True)
class Meanwhile:
    """Something happens right before the call of that number."""

    at: int
    happens: Callable[[], Awaitable[object]]
    calls: int = 0

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.calls += 1
        if self.calls == self.at:
            await self.happens()
        return await do()


async def test_an_image_that_comes_during_a_run_is_never_called_assessed_before_it_is(
    tmp_path: Path,
) -> None:
    for call in await calls(tmp_path):
        account = await prepared(tmp_path)
        witness = await fleet(account, tmp_path)
        await witness.publish(CURL)
        late = witness.assessor()
        await witness.scan(8, NEW, by=late)
        await witness.publish(CURL, ZLIB)
        await interrupted(account, tmp_path, call, partial(witness.scan, 9, OLD, by=late))
        assert await witness.claim_holds()
        await (await fleet(account, tmp_path)).reassessor.run()
        assert await witness.claim_holds()
        assert (await witness.state(9)).counts.total == 1


async def test_an_image_that_is_another_before_it_is_looked_at_was_not_assessed_as_it_was(
    tmp_path: Path,
) -> None:
    async def comes_back(witness: Fleet) -> None:
        await witness.delete(1)
        await witness.scan(1, NEW)
        await witness.store.catch_up()

    for call in await calls(tmp_path, old=()):
        account = await prepared(tmp_path, old=(1,))
        witness = await fleet(account, tmp_path)
        await interrupted(account, tmp_path, call, partial(comes_back, witness))
        assert await witness.claim_holds()


async def test_an_image_that_goes_during_a_run_stays_gone(tmp_path: Path) -> None:
    for call in await calls(tmp_path):
        account = await prepared(tmp_path)
        witness = await fleet(account, tmp_path)
        await interrupted(account, tmp_path, call, partial(witness.delete, 1))
        assert await witness.claim_holds()
        image = await witness.state(1)
        assert not image.present
        assert image.assessment is None


async def interrupted(
    account: Account, folder: Path, call: int, happens: Callable[[], Awaitable[object]]
) -> None:
    """A run during which something happens."""
    between = Meanwhile(at=0, happens=happens)
    world = await fleet(intercepted(account, between), folder)
    between.calls, between.at = 0, call
    await world.reassessor.run()
    assert between.calls >= call


@pytest.mark.parametrize("seed", range(8))
async def test_two_runs_at_once_do_no_harm(tmp_path: Path, seed: int) -> None:
    account = await prepared(tmp_path)

    async def one(by: Interceptor) -> None:
        world = await fleet(intercepted(account, by), tmp_path)
        await world.reassessor.run()

    await asyncio.gather(one(Jitter(seed)), one(Jitter(seed + 100)))
    await check(account, tmp_path)


@pytest.mark.parametrize("seed", range(4))
async def test_writers_to_the_same_shards_do_not_keep_it_from_its_end(
    tmp_path: Path, seed: int
) -> None:
    account = await prepared(tmp_path)
    writer = await fleet(account, tmp_path)

    async def write() -> None:
        for number in range(20, 40):
            await writer.scan(number, NEW)
            await asyncio.sleep(0)

    async def run() -> None:
        world = await fleet(intercepted(account, Jitter(seed)), tmp_path)
        await world.reassessor.run()

    await asyncio.gather(write(), run())
    await check(account, tmp_path)
