"""The fleet over time: by the log, one pass over it, and the same as asking each day by itself."""

from datetime import UTC, datetime, time, timedelta

import pytest

from core.access.scope import Place, Scope
from core.errors import InvalidInput
from core.past.days import TABLE, ends_of_days
from core.storage.interface import Delete, Put
from tests.support.desk import Desk
from tests.support.ruling import rule, scanned
from tests.support.samples import REGISTRY, digest, image_name
from tests.support.tables import all_rows

MIDDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_days_end_at_their_last_moment_and_the_last_is_still_going_on() -> None:
    first, second, last = ends_of_days(MIDDAY, 3)
    assert (first.day, second.day, last) == (28, 1, MIDDAY)
    assert {first.time(), second.time()} == {time.max}


async def test_the_trend_of_today_is_how_everything_stands(app: Desk) -> None:
    await scanned(app, 1)
    answers = app.app.services.answers
    trend = (await answers.trends.trend({"days": "3"})).value
    summary, score = await answers.summary.summary({}), await answers.score.score({})
    assert [one.images for one in trend] == [0, 0, 1]
    assert trend[-1].findings == summary.findings
    assert (trend[-1].score, trend[0].score) == (score.current, None)


async def test_today_is_what_the_views_say_and_takes_no_look_at_the_past(app: Desk) -> None:
    await scanned(app, 1, 2)
    stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    trends = app.app.services.answers.trends
    past = (await trends.trend({"days": "1", "asOf": stamp})).value[-1]
    table = await app.account.tables.open("log")
    for row in await all_rows(table):
        if row.key.startswith("e|"):
            await table.commit(row.partition, [Delete(row.key)])
    now = (await trends.trend({"days": "1"})).value[-1]
    assert (now.images, now.health, now.findings) == (past.images, past.health, past.findings)
    assert now.images == 2


async def test_each_moment_in_one_pass_is_as_if_it_were_asked_for_alone(app: Desk) -> None:
    await scanned(app, 1, 2)
    await rule(app)
    await app.app.drain()
    moments = sorted({one.at for one in await app.history()})
    answers = app.app.services.answers
    for moment in moments[::3]:
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
        last = (await answers.trends.trend({"days": "1", "asOf": stamp})).value[-1]
        assert last.findings == (await answers.summary.summary({"asOf": stamp})).findings
        assert last.score == (await answers.score.score({"asOf": stamp})).current


async def test_days_that_are_kept_are_shown_to_who_may_see_all_and_to_nobody_else(
    app: Desk,
) -> None:
    await scanned(app, 1)
    await app.app.services.archivist.run()
    table = await app.account.tables.open(TABLE)
    for row in await all_rows(table):
        await table.commit(row.partition, [Put(row.key, {**row.cells, "images": 7})])
    whole = app.app.services.answers
    part = whole.within(Scope(places=(Place(registry=REGISTRY),)))
    for answers, images in ((whole, [7, 7]), (part, [0, 0])):
        first, second, _, today = (await answers.trends.trend({"days": "4"})).value
        assert ([first.images, second.images], today.images) == (images, 1)


async def test_a_number_of_days_that_makes_no_sense_is_refused(app: Desk) -> None:
    for days in ("0", "93", "x", "-1"):
        with pytest.raises(InvalidInput, match="days must be"):
            await app.app.services.answers.trends.trend({"days": days})


async def test_changes_say_what_an_image_was_and_leave_out_what_stayed(app: Desk) -> None:
    await scanned(app, 1)
    then = (await app.history())[-1].at
    await rule(app)
    await app.app.drain()
    trends = app.app.services.answers.trends
    since = f"{then:%Y-%m-%dT%H:%M:%S.%fZ}"
    (change,) = (await trends.changes({"since": since})).value
    assert (change.image.digest, change.before, change.image.health) == (
        digest(1),
        "Unhealthy",
        "Healthy",
    )
    assert not change.worse


async def test_what_an_image_was_is_found_for_every_moment_though_it_is_looked_up_once(
    app: Desk,
) -> None:
    await scanned(app, 1)
    await rule(app)
    await app.app.drain()
    trends, images = app.app.services.answers.trends, app.app.services.answers.images
    for moment in sorted({one.at for one in await app.history()})[:-1]:
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
        then = await images.one(image_name(1), {"asOf": stamp})
        was = None if then is None else then.health
        changes = (await trends.changes({"since": stamp})).value
        assert [one.before for one in changes] == ([was] if was != "Healthy" else [])
    table = await app.account.tables.open("log")
    for row in await all_rows(table):
        if row.key.startswith("e|"):
            await table.commit(row.partition, [Delete(row.key)])
    (change,) = (await trends.changes({})).value
    assert (change.before, change.image.health) == (None, "Healthy")


async def test_an_image_that_came_unhealthy_is_worse_than_none(app: Desk) -> None:
    await scanned(app, 1)
    (change,) = (await app.app.services.answers.trends.changes({})).value
    assert (change.before, change.worse) == (None, True)


async def test_changes_since_the_future_are_refused(app: Desk) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(InvalidInput, match="since must lie before"):
        await app.app.services.answers.trends.changes({"since": f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}"})
