"""What each layer brought is counted by the image's own inventory and its findings."""

import pytest

from core.answers.images import Layer
from core.domain.values import SeverityCounts
from core.errors import InvalidInput
from dev.inprocess import Delivered
from tests.support.desk import Desk
from tests.support.fleet import deb, sbom
from tests.support.ruling import rule
from tests.support.samples import digest, image_name

BASE, OWN = digest(71), digest(72)
LAYERED = Delivered(
    sbom=sbom(
        deb("zlib", "1.2", layer=BASE),
        deb("bash", "5", layer=BASE),
        deb("curl", "8", layer=OWN),
        deb("stray", "1", layer=""),
    )
)


async def pushed(app: Desk) -> Desk:
    """The app with an image of two layers, of which one brought a finding."""
    app.sandboxes.brings[digest(1)] = LAYERED
    await app.push(1)
    await app.app.drain()
    return app


async def layers(app: Desk, **given: str) -> list[Layer]:
    answer = await app.app.services.answers.layers.of(image_name(1), given)
    assert answer is not None
    return answer.value


async def test_each_layer_has_its_packages_and_findings_and_the_worst_comes_first(
    app: Desk,
) -> None:
    await pushed(app)
    answer = await app.app.services.answers.layers.of(image_name(1), {})
    assert answer is not None
    assert [(one.digest, one.packages, one.findings.total) for one in answer.value] == [
        (BASE, 2, 1),
        (OWN, 1, 0),
    ]
    assert answer.unplaced == 1


async def test_what_a_rule_disables_does_not_count(app: Desk) -> None:
    await pushed(app)
    await rule(app)
    await app.app.drain()
    assert [one.findings for one in await layers(app)] == [SeverityCounts(), SeverityCounts()]


async def test_an_image_that_is_not_there_has_none_and_the_past_has_its_own(app: Desk) -> None:
    await pushed(app)
    last = f"{(await app.history())[-1].at:%Y-%m-%dT%H:%M:%S.%fZ}"
    await app.delete(1)
    await app.app.drain()
    assert await app.app.services.answers.layers.of(image_name(1), {}) is None
    assert len(await layers(app, asOf=last)) == 2
    with pytest.raises(InvalidInput):
        await layers(app, nonsense="1")
