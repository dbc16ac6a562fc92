"""Switched off, a plan stops scans and bills, and keeps what is known."""

from core.domain.image.state import Stage
from core.domain.values import Freshness, Health
from core.enrolment.enrolment import Enrolment
from tests.support.desk import Desk
from tests.support.samples import SUBSCRIPTION
from tests.support.tables import IMAGES, OPEN_SCANS


async def switch(app: Desk, *, on: bool) -> None:
    """Switch the plan, and forget what every process remembers of it."""
    await app.app.services.plans.switch(SUBSCRIPTION, on=on, by="a test")
    app.app.services.enrolment.forget()


async def test_a_scan_that_waits_is_withdrawn_and_has_not_failed(app: Desk) -> None:
    await app.push()
    await switch(app, on=False)
    await app.app.drain()
    image = await app.image()
    assert image.scan is not None
    assert (image.scan.stage, image.freshness) == (Stage.WITHDRAWN, Freshness.STALE)
    assert (image.health, image.failure) == (Health.UNSCANNED, None)
    assert app.sandboxes.started == []
    assert await app.table(OPEN_SCANS) == {}
    (row,) = [one for key, one in (await app.table(IMAGES)).items() if key.startswith("i|")]
    assert row["freshness"] == "Stale"
    assert "plan of subscription" in str(row["message"])


async def test_a_sandbox_that_runs_may_end_and_is_not_billed(app: Desk) -> None:
    app.sandboxes.patient = True
    await app.push()
    await app.app.drain()
    await switch(app, on=False)
    await app.sandboxes.finish_all()
    await app.app.drain()
    assert (await app.image()).health is Health.HEALTHY
    assert await app.bills() == []
    assert await app.taken() == []


async def test_pushes_are_refused_and_counted_while_it_is_off(app: Desk) -> None:
    await switch(app, on=False)
    await app.push()
    assert app.counted() == {"registry-not-enrolled": 1}
    await switch(app, on=True)
    await app.push()
    await app.app.drain()
    assert (await app.image()).health is Health.HEALTHY


async def test_a_plan_is_looked_up_again_after_a_while(app: Desk) -> None:
    await app.push()
    enrolment: Enrolment = app.app.services.enrolment
    enrolment.forget()
    assert len(await enrolment.all()) == 1
