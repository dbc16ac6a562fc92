"""Pulls become facts: one a day and image, in whatever order and however often they are told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.domain import events as e
from core.errors import RegistryUnavailable, StorageUnavailable
from core.registry.activity import Operation, Unreadable
from tests.faults.storage import Faults, Loss
from tests.support.activities import Activities
from tests.support.desk import RESOURCE, Desk, desk
from tests.support.tables import IMAGES

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def look(app: Desk, now: datetime = NOW) -> None:
    await app.app.services.holdings.pulls.look(now)
    await app.app.drain()


async def pulled(app: Desk, number: int = 1) -> list[date]:
    """The days on which image `number` was pulled, as its stream has them."""
    events = [one.event for one in await app.history(number)]
    return [event.day for event in events if isinstance(event, e.ImagePulled)]


async def test_a_pull_is_a_fact_of_its_image_and_shown_in_its_row(
    app: Desk, activities: Activities
) -> None:
    activities.pulled(1, NOW - HOUR)
    await look(app)
    assert (await pulled(app), await pulled(app, 2)) == ([date(2026, 6, 10)], [])
    rows = (await app.table(IMAGES)).values()
    assert [row["pulled_on"] for row in rows if "pulled_on" in row] == ["2026-06-10"]


async def test_of_a_thousand_pulls_of_a_day_one_is_recorded(
    app: Desk, activities: Activities
) -> None:
    for minute in range(1000):
        activities.pulled(1, NOW - timedelta(seconds=minute))
    for hours in range(6):
        await look(app, NOW + hours * HOUR)
    assert await pulled(app) == [date(2026, 6, 10)]


async def test_rows_in_the_wrong_order_end_with_the_last_day(
    app: Desk, activities: Activities
) -> None:
    for days in (1, 3, 0, 2):
        activities.pulled(1, NOW - HOUR - days * DAY)
    activities.pulled(1, NOW - 20 * HOUR)  # of the day before, and told in one go with the last
    await look(app)
    assert (await app.image()).pulled_on == date(2026, 6, 10)
    assert await pulled(app) == sorted(await pulled(app))


async def test_a_row_that_comes_late_is_taken(app: Desk, activities: Activities) -> None:
    await look(app)
    activities.pulled(1, NOW - 5 * HOUR)
    await look(app, NOW + HOUR / 6)
    assert await pulled(app) == [date(2026, 6, 10)]


async def test_what_was_asked_for_is_not_asked_for_again(app: Desk, activities: Activities) -> None:
    await look(app)
    first = activities.asked[0][0]
    activities.asked.clear()
    await look(app, NOW + HOUR)
    again = activities.asked[0][0]
    assert (first, again) == (NOW - 30 * DAY, NOW - 6 * HOUR)


async def test_a_run_that_dies_goes_on_where_it_was(app: Desk, activities: Activities) -> None:
    activities.pulled(1, NOW - 20 * DAY)
    activities.pulled(2, NOW - HOUR)
    activities.silent = 1
    with pytest.raises(RegistryUnavailable):
        await look(app)
    activities.silent = None
    activities.asked.clear()
    await look(app)
    assert (len(await pulled(app)), len(await pulled(app, 2))) == (1, 1)


async def test_our_own_pulls_are_nobodys_use(app: Desk, activities: Activities) -> None:
    activities.pulled(1, NOW - HOUR, user_agent="pratique")
    await look(app)
    assert await pulled(app) == []


async def test_where_our_identity_is_known_nobody_can_pass_for_us(app: Desk) -> None:
    activities = Activities()
    more = {"PRATIQUE_OWN_IDENTITIES": "AAAA-1, BBBB-2"}
    knowing = await desk(account=app.account, activities=activities, more=more)
    activities.pulled(1, NOW - HOUR, identity="bbbb-2")
    activities.pulled(2, NOW - HOUR, user_agent="pratique")
    await look(knowing)
    assert (await pulled(app), await pulled(app, 2)) == ([], [date(2026, 6, 10)])


async def test_other_operations_pull_nothing(app: Desk, activities: Activities) -> None:
    for operation in Operation:
        if operation is not Operation.PULL:
            activities.pulled(1, NOW - HOUR, operation=operation)
    await look(app)
    assert await pulled(app) == []


async def test_what_says_nothing_is_counted_and_hides_nothing(
    app: Desk, activities: Activities
) -> None:
    activities.rows.append(Unreadable(reason="Pull: no digest"))
    activities.pulled(1, NOW - HOUR, tag_only=True)
    activities.pulled(77, NOW - HOUR)
    activities.pulled(1, NOW - HOUR, resource=RESOURCE.replace("/demo", "/gone"))
    activities.pulled(2, NOW - HOUR)
    await look(app)
    assert (await pulled(app), await pulled(app, 2)) == ([], [date(2026, 6, 10)])
    assert app.counted()["pull-without-digest"] == 1
    assert app.counted()["activity-unreadable"] >= 1


async def test_a_clock_far_ahead_says_nothing_of_the_future(
    app: Desk, activities: Activities
) -> None:
    for ahead in (2 * HOUR, 3 * DAY):
        activities.pulled(1, NOW + ahead)
    await look(app)
    assert await pulled(app) == []


async def test_a_deleted_image_is_not_pulled_and_an_image_that_comes_later_is(
    app: Desk, activities: Activities
) -> None:
    await app.delete(1)
    activities.pulled(1, NOW - HOUR)
    activities.pulled(3, NOW - HOUR)
    await look(app)
    assert await pulled(app) == []
    await app.push(3)
    await app.app.drain()
    await look(app, NOW + HOUR)
    assert await pulled(app, 3) == [date(2026, 6, 10)]


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("call", range(1, 12))
async def test_whatever_storage_loses_a_later_look_finds(
    app: Desk, activities: Activities, call: int, loss: Loss
) -> None:
    faults = Faults(frozenset(), loss)
    failing = await desk(account=app.account, activities=activities, by=faults)
    activities.pulled(1, NOW - HOUR)
    activities.pulled(2, NOW - DAY)
    faults.calls, faults.at = 0, frozenset({call})
    for _ in range(2):
        try:
            await look(failing)
        except (StorageUnavailable, ExceptionGroup):
            continue
    assert (await pulled(app), await pulled(app, 2)) == ([date(2026, 6, 10)], [date(2026, 6, 9)])
