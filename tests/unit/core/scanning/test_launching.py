"""Where starting is dear, attempts are started together; where there is no room, they wait."""

from pathlib import Path

from core.domain.events import ScanFailed
from core.domain.values import FailureCause, Health, ImageName
from core.errors import SandboxUnavailable
from core.registry.interface import Endpoint
from core.sandbox.interface import GIB
from tests.support.desk import Desk, desk

MANY = range(1, 4)


async def push_all(app: Desk) -> None:
    app.sandboxes.patient = True
    for number in MANY:
        await app.push(number)


async def test_a_backlog_of_one_repository_is_started_together(app: Desk) -> None:
    app.sandboxes.together = 2
    await push_all(app)
    for shard in range(16):
        await app.app.services.following.runner.catch_up(shard)
    await app.app.services.scanning.starter.start_waiting()
    assert app.sandboxes.calls == [2, 1]
    await app.sandboxes.finish_all()
    await app.app.drain()
    assert {(await app.image(number)).health for number in MANY} == {Health.HEALTHY}
    assert await app.taken() == []


class Heavy:
    """Every image is."""

    async def size(self, endpoint: Endpoint, image: ImageName) -> int | None:
        return GIB


async def test_what_does_not_fit_into_one_machine_is_started_apart(advisories: Path) -> None:
    app = await desk(advisories, weighing=Heavy())
    app.sandboxes.together = 4
    await push_all(app)
    for shard in range(16):
        await app.app.services.following.runner.catch_up(shard)
    await app.app.services.scanning.starter.start_waiting()
    assert app.sandboxes.calls == [2, 1]


async def test_where_there_is_room_for_one_start_its_repositorys_others_come_along(
    app: Desk,
) -> None:
    app.sandboxes.together, app.sandboxes.space = 3, 1
    await push_all(app)
    for shard in range(16):
        await app.app.services.following.runner.catch_up(shard)
    await app.app.services.scanning.starter.start_waiting()
    assert app.sandboxes.calls == [3]


async def test_without_room_scans_wait_and_no_attempt_is_used_up(app: Desk) -> None:
    app.sandboxes.space = 0
    await push_all(app)
    await app.app.drain()
    scan = (await app.image()).open_scan
    assert scan is not None
    assert (scan.attempt, app.sandboxes.calls, await app.taken()) == (0, [], [])
    app.sandboxes.space = 1000
    await app.look()
    assert len(app.sandboxes.running) == len(MANY)


async def test_a_sandbox_that_is_not_to_be_had_is_a_cause_that_is_retried(app: Desk) -> None:
    app.sandboxes.trouble = SandboxUnavailable("no capacity in this region")
    await app.push()
    await app.app.drain()
    failures = [one.event for one in await app.history() if isinstance(one.event, ScanFailed)]
    assert [failure.cause for failure in failures] == [FailureCause.NO_SANDBOX]
    assert failures[0].retry_at is not None
    assert await app.taken() == []
    app.sandboxes.trouble = None
    await app.look(minutes=1)
    assert (await app.image()).health is Health.HEALTHY


async def test_a_slot_stays_taken_for_as_long_as_the_sandbox_is_there(app: Desk) -> None:
    app.sandboxes.lingering = True
    await app.push()
    await app.app.drain()
    assert (await app.image()).health is Health.HEALTHY
    assert len(await app.taken()) == 1
    await app.look(minutes=2)
    assert len(await app.taken()) == 1
    app.sandboxes.lingering = False
    await app.look(minutes=2)
    assert await app.taken() == []
