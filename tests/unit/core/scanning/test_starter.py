"""Sandboxes are started in turn, never more than there are slots, and none is forgotten."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.values import FailureCause, Freshness, Health, ScanId
from core.errors import (
    AccessDenied,
    InvalidReference,
    PratiqueError,
    RegistryError,
    RegistryUnavailable,
    SandboxError,
    Throttled,
)
from core.storage.interface import Delete, Put
from tests.faults.storage import Calls, Jitter, Meanwhile
from tests.support.desk import Desk, desk
from tests.support.samples import digest
from tests.support.tables import IMAGES, OPEN_SCANS


def started(app: Desk) -> list[int]:
    """Which images were started, in this order."""
    return [int(order.image.digest.removeprefix("sha256:"), 16) for order in app.sandboxes.started]


async def test_no_more_sandboxes_run_than_there_are_slots(app: Desk) -> None:
    app.sandboxes.patient = True
    for number in range(1, 8):
        await app.push(number)
    await app.app.drain()
    assert (len(app.sandboxes.running), len(await app.taken())) == (4, 4)
    while app.sandboxes.running:
        await app.sandboxes.finish_all()
        await app.app.drain()
    assert app.sandboxes.most == 4
    assert sorted(started(app)) == list(range(1, 8))
    assert {(await app.image(number)).health for number in range(1, 8)} == {Health.HEALTHY}
    assert await app.taken() == []


@pytest.mark.parametrize("seed", range(3))
async def test_the_cap_holds_for_starters_of_many_processes(advisories: Path, seed: int) -> None:
    first = await desk(advisories)
    first.sandboxes.patient = True
    rivals = [first] + [
        await desk(account=first.account, sandboxes=first.sandboxes, by=Jitter(seed * 10 + number))
        for number in range(4)
    ]
    for number in range(1, 10):
        await first.push(number)
    for shard in range(16):
        await first.app.services.following.runner.catch_up(shard)
    while (await first.table(OPEN_SCANS)) != {}:
        await asyncio.gather(
            *(rival.app.services.scanning.starter.start_waiting() for rival in rivals)
        )
        assert 1 <= len(first.sandboxes.running) <= 4
        orders = list(first.sandboxes.running.values())
        for order in orders:
            await first.sandboxes.finish(order, report=False)
        reports = [rival.app.services.scanning.reports for rival in rivals]
        await asyncio.gather(
            *(one.conclude(order.scan, order.attempt) for one in reports for order in orders)
        )
        await first.app.services.following.runner.sweep()
    assert sorted(started(first)) == list(range(1, 10)), "each image once"
    assert first.sandboxes.most <= 4
    assert await first.taken() == []


async def test_the_oldest_push_is_started_first(advisories: Path) -> None:
    app = await desk(advisories, slots=1, reserved=0)
    app.sandboxes.patient = True
    order = [5, 3, 9, 1, 7]
    for number in order:
        await app.push(number)
        await app.app.drain()
    for _ in order:
        await app.sandboxes.finish_all()
        await app.app.drain()
    assert started(app) == order


async def test_pushes_come_before_rescans_and_have_slots_of_their_own(advisories: Path) -> None:
    app = await desk(advisories, slots=3, reserved=1)
    app.sandboxes.patient = True
    for number in range(1, 6):
        await app.wait_for_rescan(number)
    await app.app.drain()
    assert len(app.sandboxes.running) == 2, "one slot is kept for pushes"
    await app.push(10)
    await app.app.drain()
    assert started(app)[2] == 10
    await app.push(11)
    await app.app.drain()
    await app.sandboxes.finish(app.sandboxes.started[0])
    await app.app.drain()
    assert started(app)[3] == 11
    await app.sandboxes.finish_all()
    await app.app.drain()
    assert len(started(app)) == 6


async def test_a_push_is_started_though_the_view_does_not_know_it_yet(advisories: Path) -> None:
    app = await desk(advisories, slots=2, reserved=1)
    app.sandboxes.patient = True
    for number in (1, 2, 3):
        await app.wait_for_rescan(number)
    await app.app.drain()
    await app.push(10)
    waiting = (await app.image(10)).open_scan
    assert waiting is not None
    await app.app.services.scanning.starter.start_waiting(waiting.id)
    assert started(app)[-1] == 10


@pytest.mark.parametrize("hint", ["", "no scan", f"{'0' * 32}-1", "../..", "x" * 5000])
async def test_a_hint_that_names_no_scan_starts_only_what_waits(app: Desk, hint: str) -> None:
    await app.push()
    await app.app.services.following.runner.sweep()
    await app.app.services.scanning.starter.start_waiting(ScanId(hint))
    assert started(app) == [1]


@pytest.mark.parametrize(
    ("trouble", "cause", "again"),
    [
        (SandboxError("No sandbox can be built here."), FailureCause.INTERNAL, True),
        (AccessDenied("The registry refused."), FailureCause.PULL_DENIED, False),
        (Throttled("Slow down.", retry_after=5), FailureCause.THROTTLED, True),
        (RegistryUnavailable("No answer."), FailureCause.REGISTRY_UNAVAILABLE, True),
        (RegistryError("demo is not enrolled any more."), FailureCause.INTERNAL, True),
        (InvalidReference("No repository."), FailureCause.INTERNAL, True),
    ],
)
async def test_a_sandbox_that_cannot_be_started_fails_the_attempt(
    app: Desk, trouble: PratiqueError, cause: FailureCause, again: bool
) -> None:
    app.sandboxes.trouble = trouble
    await app.push()
    await app.app.drain()
    assert (await app.story())[-2:] == ["ScanStarted", "ScanFailed"]
    failed = (await app.history())[-1].event
    assert getattr(failed, "cause", None) == cause
    assert getattr(failed, "message", None) == str(trouble)
    assert await app.taken() == []
    app.sandboxes.trouble = None
    await app.look(minutes=5)
    assert (await app.image()).health is (Health.HEALTHY if again else Health.UNSCANNED)


async def test_after_three_attempts_a_scan_is_given_up(app: Desk) -> None:
    app.sandboxes.trouble = SandboxError("No sandbox can be built here.")
    await app.push()
    await app.app.drain()
    for minutes in (0, 1, 2, 10, 60):
        await app.look(minutes=minutes)
    assert (await app.story()).count("ScanStarted") == 3
    image = await app.image()
    assert (image.failure, image.freshness) == (FailureCause.INTERNAL, Freshness.FAILED)
    app.sandboxes.trouble = None
    await app.push(1, "v2")
    await app.app.drain()
    assert (await app.image()).health is Health.HEALTHY


async def test_the_next_attempt_waits_its_time(app: Desk) -> None:
    app.sandboxes.trouble = SandboxError("No sandbox can be built here.")
    await app.push()
    await app.app.drain()
    scan = (await app.image()).open_scan
    assert scan is not None
    calls = Calls()
    watched = await desk(account=app.account, sandboxes=app.sandboxes, by=calls)
    calls.take()
    for _ in range(3):
        await watched.app.services.scanning.starter.start_waiting(scan.id)
    assert (await app.story()).count("ScanStarted") == 1
    assert not [one for one in calls.made if one.startswith("commit")], "not even a slot is tried"


async def test_a_scan_that_cannot_go_on_keeps_none_of_the_others(app: Desk) -> None:
    app.sandboxes.patient = True
    await app.push(1)
    await app.push(2)
    await app.push(3)
    await app.app.services.following.runner.sweep()
    broken = (await app.history(1))[-1]
    rows = await app.account.tables.open("log")
    shard = f"{broken.shard:03d}"
    snapshot = await rows.get(shard, f"s|{broken.stream}")
    assert snapshot is not None
    await rows.commit(shard, [Delete(snapshot.key)])
    await app.app.services.scanning.starter.start_waiting()
    assert sorted(started(app)) == [2, 3]


async def test_a_slot_that_was_claimed_for_nothing_is_given_back(app: Desk) -> None:
    await app.push()
    scan = (await app.image()).open_scan
    assert scan is not None
    claimed = "commit 2"  # the slot, and the row that names the attempt
    racing = await desk(
        account=app.account, sandboxes=app.sandboxes, by=Meanwhile(claimed, app.delete)
    )
    await racing.app.services.scanning.starter.start_waiting(scan.id)
    assert (await app.story())[-1] == "ImageDeleted"
    assert app.sandboxes.started == []
    assert await app.taken() == []


async def test_an_inventory_of_another_repository_is_reused(app: Desk) -> None:
    await app.push(1)
    await app.app.drain()
    await app.app.services.scanning.intake.take(replace(app.pushed(1), repository="another/place"))
    await app.app.drain()
    assert len(app.sandboxes.started) == 1
    places = {(row["repository"], row["health"]) for row in await images(app)}
    assert places == {("team/app", "Healthy"), ("another/place", "Healthy")}
    assert len(await app.bills()) == 1, "one digest, one bill"


async def test_a_known_inventory_that_is_gone_is_taken_again(app: Desk) -> None:
    await app.push(1)
    await app.app.drain()
    rows = await app.account.tables.open("inventories")
    known = await rows.get("00", digest(1))
    assert known is not None
    await rows.commit("00", [Put(known.key, {**known.cells, "sha256": "f" * 64})])
    await app.app.services.scanning.intake.take(replace(app.pushed(1), repository="another/place"))
    await app.app.drain()
    assert len(app.sandboxes.started) == 2
    assert {row["health"] for row in await images(app)} == {"Healthy"}


async def images(app: Desk) -> list[Mapping[str, object]]:
    """The rows of the images."""
    return [cells for key, cells in (await app.table(IMAGES)).items() if key.startswith("i|")]


class Noted(Jitter):
    """Lets others run around every call, and writes it down."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.made: list[str] = []

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.made.append(what)
        return await super().call(what, do)


@pytest.mark.parametrize("seed", range(3))
async def test_a_burst_of_messages_starts_no_scan_twice_and_fights_for_no_slot(
    advisories: Path, seed: int
) -> None:
    storage = Noted(seed)
    app = await desk(advisories, by=storage)
    app.sandboxes.patient = True
    for number in range(1, 8):
        await app.push(number)
    for shard in range(16):
        await app.app.services.following.runner.catch_up(shard)
    storage.made.clear()
    await asyncio.gather(*(app.app.services.scanning.starter.start_waiting() for _ in range(10)))
    assert len(app.sandboxes.running) == 4
    commits = [call for call in storage.made if call.startswith("commit")]
    assert len(commits) == 2 * 4, "a slot and an event for each"
