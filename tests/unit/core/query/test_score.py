"""The score counts images that are judged, now and at any moment, and is none where none is."""

from core.domain.values import Health
from core.projections.totals import TOTALS
from core.query.score import score_of
from core.query.shapes import Json
from core.query.totals import Totals, added_up
from tests.support.desk import Desk
from tests.support.ruling import rule, scanned
from tests.support.samples import REGISTRY, SUBSCRIPTION, digest
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.wire import wire


def totals(healthy: int, unhealthy: int, *, unscanned: int = 0, others: int = 0) -> Totals:
    """The totals of so many images."""
    counted = {
        Health.HEALTHY.value: healthy,
        Health.UNHEALTHY.value: unhealthy,
        Health.UNSCANNED.value: unscanned,
        Health.NOT_APPLICABLE.value: others,
    }
    return {**dict.fromkeys(TOTALS, 0), **counted}


async def asked(app: Desk, **given: str) -> dict[str, Json]:
    """The score."""
    answer = wire(await app.app.services.answers.score.score(given))
    assert isinstance(answer, dict)
    return answer


def test_the_score_is_the_maximum_by_the_share_of_the_healthy() -> None:
    assert score_of(totals(6, 72)).current == 0.46
    assert score_of(totals(3, 1)).percentage == 75.0
    assert score_of(totals(0, 4)).current == 0.0


def test_what_is_not_applicable_or_not_judged_changes_no_score() -> None:
    plain, more = score_of(totals(3, 1)), score_of(totals(3, 1, unscanned=4, others=9))
    assert (more.current, more.percentage) == (plain.current, plain.percentage)
    assert (plain.coverage, more.coverage) == (1.0, 0.5)


def test_where_nothing_counts_there_is_no_score() -> None:
    score = score_of(totals(0, 0, unscanned=2, others=1))
    assert (score.current, score.percentage, score.coverage) == (None, None, 0.0)
    assert score_of(added_up([])).coverage is None


def test_registries_are_pooled_and_not_averaged() -> None:
    assert score_of(added_up([totals(1, 0), totals(0, 9)])).percentage == 10.0


async def test_a_rule_changes_the_score_of_all_that_the_image_is_in(app: Desk) -> None:
    app.sandboxes.brings |= {digest(2): CLEAN, digest(3): VULNERABLE}
    await app.push(2)
    await scanned(app, 1)
    before = await asked(app)
    assert (before["current"], before["healthy"], before["unhealthy"]) == (3.0, 1, 1)
    await rule(app)
    await app.app.drain()
    after = await asked(app)
    assert after["current"] == 6.0
    assert isinstance(after["subscriptions"], list)
    (subscription,) = after["subscriptions"]
    assert isinstance(subscription, dict)
    assert (subscription["subscription"], subscription["current"]) == (SUBSCRIPTION, 6.0)
    assert isinstance(subscription["registries"], list)
    (registry,) = subscription["registries"]
    assert isinstance(registry, dict)
    assert (registry["registry"], registry["current"]) == (REGISTRY, 6.0)


async def test_the_score_of_a_past_moment_is_what_it_was(app: Desk) -> None:
    await scanned(app, 1)
    then = (await app.history())[-1].at
    await rule(app)
    await app.app.drain()
    assert (await asked(app))["current"] == 6.0
    past = await asked(app, asOf=then.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert past["current"] == 0.0
    assert (await asked(app, asOf="2020-01-01T00:00:00Z"))["current"] is None
