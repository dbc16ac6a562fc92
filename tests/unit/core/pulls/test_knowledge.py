"""That nothing is told of a registry is not the same as that nobody pulls from it."""

from datetime import UTC, datetime, timedelta

from core.pulls.knowledge import SILENCE, Known, PullKnowledge
from core.registry.activity import Operation
from core.storage.memory import MemoryRows
from tests.support.activities import Activities
from tests.support.desk import Desk
from tests.support.samples import REGISTRY

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def knowledge(app: Desk) -> PullKnowledge:
    return PullKnowledge(await app.account.tables.open("pulls"))


async def test_nothing_is_known_before_the_first_row(app: Desk) -> None:
    await app.app.services.holdings.pulls.look(NOW)
    assert await (await knowledge(app)).registries() == {}


async def test_any_row_shows_that_the_log_is_kept(app: Desk, activities: Activities) -> None:
    activities.pulled(1, NOW - 3 * DAY, operation=Operation.PUSH)
    activities.pulled(1, NOW - DAY, user_agent="pratique")
    await app.app.services.holdings.pulls.look(NOW)
    known = (await (await knowledge(app)).registries())[REGISTRY]
    assert known == Known(since=NOW - 3 * DAY, until=NOW - DAY)


def test_after_too_long_a_silence_pulls_are_not_known_any_more() -> None:
    known = Known(since=NOW - 90 * DAY, until=NOW - DAY)
    assert known.since_at(NOW) == NOW - 90 * DAY
    assert known.since_at(NOW - DAY + SILENCE) == NOW - 90 * DAY
    assert known.since_at(NOW + SILENCE) is None


def test_what_was_missed_in_a_silence_is_not_known_afterwards() -> None:
    known = Known(since=NOW - 90 * DAY, until=NOW - 40 * DAY)
    assert known.with_row(NOW) == Known(since=NOW, until=NOW)
    assert known.with_row(NOW - 35 * DAY) == Known(since=NOW - 90 * DAY, until=NOW - 35 * DAY)
    assert known.with_row(NOW - 91 * DAY) == Known(since=NOW - 91 * DAY, until=NOW - 40 * DAY)


async def test_what_is_known_outlives_the_process() -> None:
    rows = MemoryRows()
    assert await PullKnowledge(rows).asked_until() is None
    known = Known(since=NOW - DAY, until=NOW)
    await PullKnowledge(rows).record(NOW, {"127.0.0.1:5000": known})
    assert await PullKnowledge(rows).asked_until() == NOW
    assert await PullKnowledge(rows).registries() == {"127.0.0.1:5000": known}
