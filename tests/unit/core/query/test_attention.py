"""What needs somebody now: unhealthy images that are in use, and no others."""

from core.answers.attention import Attention
from tests.support.desk import Desk
from tests.support.ruling import rule, scanned
from tests.support.samples import digest
from tests.support.sandboxes import CLEAN, VULNERABLE


async def asked(app: Desk, **given: str) -> Attention:
    """The answer."""
    return await app.app.services.answers.attention.page(given)


def digests(answer: Attention) -> list[str]:
    """Which images it names."""
    return [one.image.digest for one in answer.value]


async def test_an_unhealthy_image_in_use_needs_somebody_and_a_healthy_one_does_not(
    app: Desk,
) -> None:
    app.sandboxes.brings |= {digest(1): VULNERABLE, digest(2): CLEAN}
    await scanned(app, 1)
    await app.push(2, tag="other")
    await app.app.drain()
    answer = await asked(app)
    assert digests(answer) == [digest(1)]
    assert (answer.in_use, answer.unhealthy, answer.read) == (1, 1, 1)


async def test_what_no_tag_points_to_and_nobody_pulls_is_counted_and_not_shown(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.push(1, tag=None)
    await app.app.drain()
    answer = await asked(app)
    assert (digests(answer), answer.in_use, answer.unhealthy) == ([], 0, 1)


async def test_a_rule_takes_an_image_off_and_the_past_still_shows_it(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await scanned(app, 1)
    then = (await app.history())[-1].at
    await rule(app)
    await app.app.drain()
    assert digests(await asked(app)) == []
    past = await asked(app, asOf=then.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert digests(past) == [digest(1)]
