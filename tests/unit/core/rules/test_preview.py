"""A preview says what a rule would do, to the finding; and what the rule then does is just that."""

from dataclasses import replace

import pytest

from core.domain.criteria import Criteria
from core.domain.values import Health
from core.rules.preview import MAX_EXAMPLES, Effect, Preview
from tests.support.desk import Desk
from tests.support.findings import finding
from tests.support.ruling import OF_ANOTHER, ZLIB_IS_FINE, rule, scanned
from tests.support.samples import SUBSCRIPTION, digest, image_name
from tests.support.sandboxes import CLEAN
from tests.support.wire import wire

DOCUMENT = b'{"criteria": {"vulnerabilities": ["CVE-2026-1"]}, "reason": "It is not reachable."}'


async def previewed(app: Desk, document: bytes = DOCUMENT) -> dict[str, object]:
    """What people are told that the rule would do."""
    asked = {"subscription": SUBSCRIPTION}
    answer = wire(await app.app.services.ruling.queries.preview(document, asked))
    assert isinstance(answer, dict)
    return dict(answer)


async def test_what_a_preview_says_is_what_the_rule_then_does_and_nothing_is_recorded(
    app: Desk,
) -> None:
    app.sandboxes.brings[digest(3)] = CLEAN
    await app.push(3)
    await scanned(app, 1, 2)
    before = {number: await app.history(number) for number in (1, 2, 3)}
    told = await previewed(app)
    assert (told["findings"], told["images"], told["alreadyDisabled"]) == (2, 2, 0)
    assert (told["healthChanges"], told["lookedAt"], told["complete"]) == (2, 2, True)
    changes = told["changes"]
    assert isinstance(changes, list)
    assert {(one["digest"], one["from"], one["to"]) for one in changes} == {
        (digest(number), "Unhealthy", "Healthy") for number in (1, 2)
    }
    examples = told["examples"]
    assert isinstance(examples, list)
    assert [one["id"] for one in examples] == ["CVE-2026-1"] * 2
    assert {number: await app.history(number) for number in (1, 2, 3)} == before
    assert await app.app.services.ruling.desk.history(SUBSCRIPTION) == []
    await rule(app)
    await app.app.drain()
    assert [(await app.image(number)).disabled.total for number in (1, 2)] == [1, 1]
    assert [(await app.image(number)).health for number in (1, 2)] == [Health.HEALTHY] * 2


async def test_what_another_rule_disables_already_is_counted_apart(app: Desk) -> None:
    await scanned(app, 1, 2)
    await rule(app, "two", replace(ZLIB_IS_FINE, digests=(digest(2),)))
    await app.app.drain()
    told = await previewed(app)
    assert (told["findings"], told["images"], told["alreadyDisabled"]) == (1, 1, 1)
    assert (told["healthChanges"], told["lookedAt"]) == (1, 2)


@pytest.mark.parametrize(
    ("criteria", "looked_at"),
    [(OF_ANOTHER, 0), (Criteria(vulnerabilities=("CVE-2026-2",)), 1)],
    ids=["another repository", "another vulnerability"],
)
async def test_a_rule_that_fits_nothing_says_so(
    app: Desk, criteria: Criteria, looked_at: int
) -> None:
    await scanned(app, 1)
    previews = app.app.services.ruling.queries.previews
    assert await previews.of(SUBSCRIPTION, criteria) == Preview(looked_at=looked_at)


def test_examples_come_from_several_images_and_are_few() -> None:
    preview = Preview()
    many = tuple(finding(f"CVE-2026-{number:04d}") for number in range(50))
    for number in range(20):
        preview.add(
            Effect(
                image=image_name(number),
                disabled=many,
                already=0,
                before=Health.UNHEALTHY,
                after=Health.UNHEALTHY,
            )
        )
    assert (preview.images, preview.counts.total, preview.changes) == (20, 1000, 0)
    assert len(preview.examples) == MAX_EXAMPLES
    assert len({image.digest for image, _ in preview.examples}) == 4
