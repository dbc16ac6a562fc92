"""What nobody looks after any more cannot be trusted, and every answer says so, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from core.access.scope import EVERYWHERE, Place, Scope
from core.domain.ids import command_id, registries_stream
from core.domain.registries import (
    REGISTRIES,
    RecordRegistry,
    RecordRegistryGone,
    Registered,
    RegistriesCommand,
)
from core.domain.values import FailureCause, NotApplicableCause, Unsupported
from core.log.handle import Cause, handle
from core.query.shapes import Json
from core.sandbox.interface import Status
from dev.inprocess import Delivered
from tests.support.desk import RESOURCE, Desk, desk
from tests.support.samples import REGISTRY, REPOSITORY, SUBSCRIPTION, digest, image_name
from tests.support.sandboxes import VULNERABLE
from tests.support.wire import wire

HERE = Scope(places=(Place(registry=REGISTRY, repository=REPOSITORY),))
ELSEWHERE = Scope(places=(Place(registry=REGISTRY, repository="other/*"),))


@pytest.fixture
async def fleet(app: Desk) -> Desk:
    """An image that is vulnerable, one for Windows, and one that nobody may pull."""
    app.sandboxes.brings = {
        digest(1): VULNERABLE,
        digest(2): Delivered(
            status=Status.NOT_APPLICABLE, parts={"cause": NotApplicableCause.WINDOWS}
        ),
        digest(3): Delivered(
            status=Status.FAILED, parts={"cause": FailureCause.PULL_DENIED, "message": "No."}
        ),
    }
    for number in (1, 2, 3):
        await app.push(number)
    await app.app.drain()
    return app


async def switch(app: Desk, *, on: bool) -> Desk:
    """Somebody switches the plan; the app, as another process sees it."""
    await app.app.services.plans.switch(SUBSCRIPTION, on=on, by="a test")
    return await another(app)


async def another(app: Desk) -> Desk:
    """A process that has looked at nothing yet, and enrols nothing."""
    return await desk(account=app.account, sandboxes=app.sandboxes, enrolled=False)


async def learn(app: Desk, command: RegistriesCommand) -> Desk:
    """The subscription was asked for its registries; the app, as another process sees it."""
    cause = Cause(command=command_id("learn", command.at), correlation="", causation="")
    stream = registries_stream(SUBSCRIPTION)
    await handle(app.app.services.log, REGISTRIES, stream, command, cause)
    return await another(app)


async def trusted(
    app: Desk, number: int = 1, moment: datetime | None = None
) -> tuple[Json, Json, Json]:
    """Health, freshness and its cause, as somebody is told of an image, now or of the past."""
    image = wire(await app.app.services.answers.images.one(image_name(number), as_of(moment)))
    assert isinstance(image, dict)
    return image["health"], image["freshness"], image["freshnessCause"]


def as_of(moment: datetime | None) -> dict[str, str]:
    """What is asked of a moment of the past, or of now."""
    return {} if moment is None else {"asOf": moment.isoformat().replace("+00:00", "Z")}


async def stale(app: Desk, scope: Scope = EVERYWHERE, moment: datetime | None = None) -> Json:
    """How many are stale, by the summary."""
    summaries = app.app.services.within(scope).answers.summary
    summary = wire(await summaries.summary(as_of(moment)))
    assert isinstance(summary, dict)
    assert isinstance(summary["registries"], list)
    parts = [one["stale"] for one in summary["registries"] if isinstance(one, dict)]
    assert parts == [summary["stale"]]
    return summary["stale"]


async def test_while_the_plan_is_off_a_verdict_is_stale_and_says_so(fleet: Desk) -> None:
    assert await trusted(fleet) == ("Unhealthy", "Current", None)
    off = await switch(fleet, on=False)
    assert await trusted(off) == ("Unhealthy", "Stale", "plan-off")
    listed = await off.app.services.answers.images.page({"freshness": "stale"})
    assert [(one.digest, one.freshness_cause) for one in listed.value] == [(digest(1), "plan-off")]
    on = await switch(off, on=True)
    assert await trusted(on) == ("Unhealthy", "Current", None)


async def test_what_can_never_be_scanned_is_settled_and_what_failed_says_of_what(
    fleet: Desk,
) -> None:
    off = await switch(fleet, on=False)
    assert await trusted(off, 2) == ("NotApplicable", "Current", None)
    assert await trusted(off, 3) == ("Unscanned", "Failed", "pull-denied")


async def test_a_scan_that_was_withdrawn_says_so_once_the_plan_is_on_again(app: Desk) -> None:
    await app.push()
    off = await switch(app, on=False)
    await off.app.drain()
    assert await trusted(off) == ("Unscanned", "Stale", "plan-off")
    assert await trusted(await switch(off, on=True)) == ("Unscanned", "Stale", "withdrawn")


async def test_the_summary_counts_them_at_once(fleet: Desk) -> None:
    assert await stale(fleet) is None, "nobody has looked at all images yet"
    off = await switch(fleet, on=False)
    assert await stale(off) == 1
    assert await stale(off, HERE) == 1
    nothing = await off.app.services.within(ELSEWHERE).answers.summary.summary({})
    assert (nothing.images, nothing.stale) == (0, None)


async def test_who_sees_some_repositories_is_told_the_same_of_them(fleet: Desk) -> None:
    off = await switch(fleet, on=False)
    listed = await off.app.services.within(HERE).answers.images.page({"freshness": "stale"})
    assert [one.freshness_cause for one in listed.value] == ["plan-off"]


async def test_the_past_is_as_it_was(fleet: Desk) -> None:
    before = datetime.now(UTC)
    off = await switch(fleet, on=False)
    between = datetime.now(UTC)
    on = await switch(off, on=True)
    assert await trusted(on, moment=before) == ("Unhealthy", "Current", None)
    assert await trusted(on, moment=between) == ("Unhealthy", "Stale", "plan-off")
    assert await stale(on, moment=between) == 1


@pytest.mark.parametrize("unsupported", Unsupported)
async def test_a_registry_that_cannot_be_scanned_any_more_says_why(
    fleet: Desk, unsupported: Unsupported
) -> None:
    found = Registered(login_server=REGISTRY, unsupported=unsupported, message="not so")
    later = datetime.now(UTC) + timedelta(minutes=1)
    command = RecordRegistry(subscription=SUBSCRIPTION, registry=RESOURCE, found=found, at=later)
    assert await trusted(await learn(fleet, command)) == ("Unhealthy", "Stale", unsupported)


async def test_a_registry_that_is_gone_leaves_verdicts_that_nobody_renews(fleet: Desk) -> None:
    gone = RecordRegistryGone(subscription=SUBSCRIPTION, registry=RESOURCE, at=datetime.now(UTC))
    assert await trusted(await learn(fleet, gone)) == ("Unhealthy", "Stale", "not-enrolled")
