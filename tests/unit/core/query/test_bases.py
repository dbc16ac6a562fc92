"""A base is what layers prove, and beside it what the image says, whether that is true or not."""

from dataclasses import replace

import pytest

from core.access.scope import Place, Scope
from core.answers.bases import Base
from core.answers.images import ImageWithTimeline
from core.domain.values import ImageName, Origin
from core.query.bases import named
from dev.inprocess import Delivered
from tests.support.desk import Desk
from tests.support.fleet import deb, sbom
from tests.support.samples import REGISTRY, REPOSITORY, digest, image_name

GROUND, MIDDLE, TOP, OTHER = (digest(number) for number in (71, 72, 73, 74))


def of(*layers: str, base: int | None = None, name: str = "") -> Delivered:
    """An image of these layers, each with a package of its own; the lowest one's is vulnerable."""
    said = f"{REGISTRY}/{image_name(base).repository}:v1" if base is not None else name
    packages = [deb("zlib", "1.2", layer=layers[0])]
    packages += [deb(f"own{number}", "1", layer=one) for number, one in enumerate(layers[1:])]
    origin = Origin(
        layers=layers, base_name=said, base_digest=digest(base) if base is not None else ""
    )
    return Delivered(sbom=sbom(*packages), parts={"origin": origin})


def origin_of(brought: Delivered) -> Origin:
    origin = brought.parts["origin"]
    assert isinstance(origin, Origin)
    return origin


async def scanned(app: Desk, number: int, brought: Delivered, repository: str = REPOSITORY) -> None:
    app.sandboxes.brings[digest(number)] = brought
    pushed = replace(app.pushed(number, "v1"), repository=repository)
    await app.app.services.scanning.intake.take(pushed)
    await app.app.drain()


async def shown(app: Desk, number: int, **given: str) -> ImageWithTimeline:
    answer = await app.app.services.answers.images.one(image_name(number), given)
    assert answer is not None
    return answer


async def base_of(app: Desk, number: int, **given: str) -> Base:
    base = (await shown(app, number, **given)).base
    assert base is not None
    return base


async def test_the_image_with_most_of_the_first_layers_is_the_base_whatever_is_said(
    app: Desk,
) -> None:
    await scanned(app, 1, of(GROUND))
    await scanned(app, 2, of(GROUND, MIDDLE))
    await scanned(app, 3, of(GROUND, OTHER))
    await scanned(app, 4, of(GROUND, MIDDLE, TOP))
    base = await base_of(app, 4)
    assert base.said is None
    assert base.shared is not None
    assert (base.shared.image.digest, base.shared.layers, base.shared.total) == (digest(2), 2, 3)
    assert (await shown(app, 1)).base is None
    of_two = (await base_of(app, 2)).shared
    assert of_two is not None
    assert of_two.image.digest == digest(1)


async def test_an_image_of_just_the_same_layers_is_no_base(app: Desk) -> None:
    await scanned(app, 1, of(GROUND, MIDDLE))
    await scanned(app, 2, of(GROUND, MIDDLE))
    assert (await shown(app, 2)).base is None


async def test_what_is_said_holds_where_the_layers_agree_though_another_image_shares_more(
    app: Desk,
) -> None:
    await scanned(app, 1, of(GROUND))
    await scanned(app, 2, of(GROUND, MIDDLE))
    await scanned(app, 3, of(GROUND, MIDDLE, TOP, base=1))
    base = await base_of(app, 3)
    assert base.said is not None
    assert base.said.holds is True
    assert base.shared is not None
    assert (base.shared.image.digest, base.shared.layers) == (digest(1), 1)


async def test_a_falsehood_is_told_as_what_is_said_and_the_layers_have_their_own_word(
    app: Desk,
) -> None:
    await scanned(app, 1, of(OTHER))
    await scanned(app, 2, of(GROUND))
    await scanned(app, 3, of(GROUND, TOP, base=1))
    base = await base_of(app, 3)
    assert base.said is not None
    assert base.said.image is not None
    assert (base.said.image.digest, base.said.holds) == (digest(1), False)
    assert base.shared is not None
    assert base.shared.image.digest == digest(2)


async def test_a_base_that_is_not_ours_is_known_by_its_words_alone(app: Desk) -> None:
    await scanned(app, 1, of(GROUND, name="<script>alert(1)</script>"))
    said = (await base_of(app, 1)).said
    assert said is not None
    assert (said.name, said.digest, said.image, said.holds) == (
        "<script>alert(1)</script>",
        None,
        None,
        None,
    )


async def test_the_past_shows_the_base_that_was_known_then(app: Desk) -> None:
    await scanned(app, 2, of(GROUND, TOP))
    before = f"{(await app.history(2))[-1].at:%Y-%m-%dT%H:%M:%S.%fZ}"
    await app.wait(hours=1)
    await scanned(app, 1, of(GROUND))
    assert (await shown(app, 2, asOf=before)).base is None
    assert (await base_of(app, 2)).shared is not None
    await app.delete(1)
    await app.app.drain()
    assert (await shown(app, 2)).base is None


async def test_a_base_whose_first_repository_is_emptied_is_found_in_the_second(app: Desk) -> None:
    await scanned(app, 1, of(GROUND))
    await scanned(app, 1, of(GROUND), "bases/ground")
    await scanned(app, 2, of(GROUND, TOP))
    assert len([one for one in app.sandboxes.started if one.image.digest == digest(1)]) == 1
    await app.delete(1)
    await app.app.drain()
    shared = (await base_of(app, 2)).shared
    assert shared is not None
    assert shared.image.repository == "bases/ground"


async def test_who_may_not_see_the_base_is_told_of_no_more_than_the_image_says(app: Desk) -> None:
    await scanned(app, 1, of(GROUND), "secret/base")
    brought = of(GROUND, TOP, name=f"{REGISTRY}/secret/base:v1")
    origin = replace(origin_of(brought), base_digest=digest(1))
    await scanned(app, 2, Delivered(sbom=brought.sbom, parts={"origin": origin}))
    assert (await base_of(app, 2)).shared is not None
    scope = Scope(places=(Place(registry=REGISTRY, repository=REPOSITORY),))
    answer = await app.app.services.answers.within(scope).images.one(image_name(2), {})
    assert answer is not None
    assert answer.base is not None
    assert answer.base.said is not None
    assert (answer.base.said.image, answer.base.said.holds) == (None, None)
    assert answer.base.shared is None


async def test_what_came_with_the_base_is_counted_apart_from_what_was_added(app: Desk) -> None:
    await scanned(app, 1, of(GROUND))
    await scanned(app, 2, of(GROUND, MIDDLE, TOP))
    answer = await app.app.services.answers.layers.of(image_name(2), {})
    assert answer is not None
    assert answer.parts is not None
    base, own = answer.parts.base, answer.parts.own
    assert (base.layers, base.packages, base.findings.total) == (1, 1, 1)
    assert (own.layers, own.packages, own.findings.total) == (2, 2, 0)


async def test_nothing_is_told_apart_where_the_cataloger_names_layers_otherwise(app: Desk) -> None:
    await scanned(app, 1, of(GROUND))
    delivered = of(GROUND, TOP)
    unpacked = sbom(deb("zlib", "1.2", layer=OTHER))
    await scanned(app, 2, Delivered(sbom=unpacked, parts=delivered.parts))
    answer = await app.app.services.answers.layers.of(image_name(2), {})
    assert answer is not None
    assert answer.parts is None


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("docker.io/library/debian:12", True),
        ("docker.io/library/debian:12@sha256:0", True),
        ("localhost:5000/debian", True),
        ("debian", False),
        ("../../etc/passwd", False),
        ("docker.io/<script>", False),
        ("", False),
    ],
)
def test_a_base_is_looked_up_only_by_a_whole_name(name: str, there: bool) -> None:
    origin = Origin(base_name=name, base_digest=digest(1))
    assert (named(origin) is not None) is there
    assert named(Origin(base_name=name)) is None


def test_a_name_is_read_as_registry_repository_and_tag() -> None:
    origin = Origin(base_name="docker.io/library/debian:12", base_digest=digest(1))
    assert named(origin) == ImageName(
        registry="docker.io", repository="library/debian", digest=digest(1)
    )
