"""A scan that somebody asks for is on its way, or it is said why it never will be."""

from dataclasses import replace

import pytest

from core.domain import events as e
from core.domain.values import FailureCause, Freshness, Health, ImageName, NotApplicableCause
from core.errors import StorageUnavailable
from core.sandbox.interface import Status
from core.scanning.requests import Accepted, Refused
from dev.inprocess import Delivered
from tests.faults.storage import Faults, Loss
from tests.support.desk import Desk, desk
from tests.support.indexes import index_of, listed
from tests.support.samples import digest, image_name
from tests.support.sandboxes import VULNERABLE


async def ask(app: Desk, number: int = 1) -> Accepted | Refused | None:
    return await app.app.services.scanning.requests.ask(image_name(number), by="somebody")


async def accepted(app: Desk, number: int = 1) -> Accepted:
    answer = await ask(app, number)
    assert isinstance(answer, Accepted), answer
    return answer


async def refusal(app: Desk, number: int = 1) -> str:
    answer = await ask(app, number)
    assert isinstance(answer, Refused), answer
    return answer.reason


async def test_an_image_is_matched_anew_without_a_sandbox_and_without_a_second_bill(
    app: Desk,
) -> None:
    await app.push()
    await app.app.drain()
    answer = await accepted(app)
    assert (answer.news, answer.scan.reason) == (True, e.ScanReason.REQUEST)
    await app.app.drain()
    assert (await app.story())[-2:] == ["ScanRequested", "ScanCompleted"]
    assert len(app.sandboxes.started) == 1
    assert len(await app.bills()) == 1


async def test_who_asked_stands_in_the_log(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    await ask(app)
    requested = (await app.history())[-1].event
    assert isinstance(requested, e.ScanRequested)
    assert (requested.by, requested.priority) == ("somebody", e.Priority.PUSH)


async def test_a_failed_scan_is_tried_again(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = Delivered(
        status=Status.FAILED, parts={"cause": FailureCause.PULL_DENIED}
    )
    await app.push()
    await app.app.drain()
    assert (await app.image()).freshness is Freshness.FAILED
    app.sandboxes.brings[digest(1)] = VULNERABLE
    assert (await accepted(app)).scan.attempt == 0
    await app.app.drain()
    image = await app.image()
    assert (image.health, image.freshness) == (Health.UNHEALTHY, Freshness.CURRENT)


async def test_asking_twice_is_one_scan(app: Desk) -> None:
    app.sandboxes.patient = True
    await app.push()
    await app.app.drain()
    first, second = await accepted(app), await accepted(app)
    assert first.scan == second.scan
    assert (first.news, second.news) == (False, False), "it runs already"
    assert (await app.story()).count("ScanRequested") == 1


async def test_a_rescan_that_waits_becomes_urgent_and_the_next_request_is_a_scan_of_its_own(
    app: Desk,
) -> None:
    await app.push()
    await app.app.drain()
    await app.ask(e.ScanReason.PULLED)
    raised = await accepted(app)
    assert (raised.news, raised.scan.priority) == (True, e.Priority.PUSH)
    await app.app.drain()
    again = await accepted(app)
    assert again.news
    assert again.scan.id != raised.scan.id


async def test_of_an_image_that_nobody_has_heard_of_nothing_is_said(app: Desk) -> None:
    assert await ask(app, 77) is None


async def test_a_deleted_image_is_refused_with_what_brings_it_back(app: Desk) -> None:
    await app.push()
    await app.delete()
    await app.app.drain()
    assert "A push brings it back" in await refusal(app)
    assert (await app.story())[-1] == "ImageDeleted"


async def test_what_cannot_be_scanned_is_refused_with_the_cause(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = Delivered(
        status=Status.NOT_APPLICABLE, parts={"cause": NotApplicableCause.WINDOWS}
    )
    await app.push()
    await app.app.drain()
    assert "windows" in await refusal(app)


async def test_an_index_is_refused_in_favour_of_its_children(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = index_of(listed(2, "amd64"))
    await app.push()
    await app.app.drain()
    assert "children" in await refusal(app)
    assert isinstance(await ask(app, 2), Accepted)


async def test_of_a_registry_that_is_not_enrolled_nothing_is_scanned(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    elsewhere: ImageName = replace(image_name(1), registry="other.azurecr.io")
    assert await app.app.services.scanning.requests.ask(elsewhere, by="somebody") is None


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("call", range(1, 5))
async def test_a_request_that_storage_failed_can_be_repeated(
    app: Desk, call: int, loss: Loss
) -> None:
    await app.push()
    await app.app.drain()
    faults = Faults(frozenset(), loss)
    failing = await desk(account=app.account, sandboxes=app.sandboxes, by=faults)
    faults.calls = 0
    faults.at = frozenset({call})
    for _ in range(2):
        try:
            await ask(failing)
        except StorageUnavailable:
            continue
    await app.app.services.following.runner.sweep()
    await app.look()
    story = await app.story()
    assert story.count("ScanRequested") == 2, "asked for once, whatever was lost"
    assert story[-1] == "ScanCompleted"
