"""What goes wrong around an image, and what its story is all the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.criteria import Criteria
from core.domain.values import Health
from tests.support.desk import desk
from tests.support.ruling import ZLIB_IS_FINE, apply, rule, scanned
from tests.support.samples import SUBSCRIPTION, at, digest
from tests.support.sandboxes import VULNERABLE
from tests.support.topics import local_topic

MINUTE = timedelta(minutes=1)
EVERYTHING = Criteria(everything=True)


async def test_the_topic_answers_500_for_an_hour_and_is_then_told_once_what_all_could_see(
    advisories: Path,
) -> None:
    async with local_topic() as (topic, client):
        app = await desk(advisories, topic=client)
        delivery = app.app.services.notices.delivery
        assert delivery is not None
        app.sandboxes.brings[digest(1)] = VULNERABLE
        topic.trouble = 500
        await app.push()
        await app.app.drain()
        began = datetime.now(UTC)
        for minute in range(0, 60, 5):
            assert await delivery.deliver(began + minute * MINUTE) == 0
        assert app.counted()["topic-unavailable"] >= 12
        page = await app.app.services.answers.images.page({"health": "unhealthy"})
        assert [one.digest for one in page.value] == [digest(1)], "views wait for no topic"
        assert topic.taken == []

        topic.trouble = None
        assert await delivery.deliver(began + 60 * MINUTE) == 1
        await delivery.deliver(began + 61 * MINUTE)
        assert [one["type"] for one in topic.taken] == ["Pratique.Image.BecameUnhealthy"]


async def test_two_rules_disagree_and_what_one_of_them_disables_is_disabled(
    advisories: Path,
) -> None:
    """One names the finding, for ten minutes; another disables everything; neither undoes what
    the other does, whichever ends first."""
    app = await scanned(await desk(advisories), 1)
    await rule(app, "for-now", ZLIB_IS_FINE, expires=at(10))
    await rule(app, "everything", EVERYTHING)
    await app.app.drain()
    assert ((await app.image()).health, (await app.image()).disabled.total) == (Health.HEALTHY, 1)
    await apply(app, now=at(11))
    assert (await app.image()).health is Health.HEALTHY, "the other rule still disables it"
    await app.app.services.ruling.desk.remove(SUBSCRIPTION, "everything", by="ada")
    await apply(app, now=at(12))
    assert (await app.image()).health is Health.UNHEALTHY, "now none of them does"
