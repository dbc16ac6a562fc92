"""A tag points where the newest push says, in whatever order pushes arrive."""

import itertools

from core.domain.events import TagPointed
from core.domain.tag import TAG, PointTag, Tag
from tests.support.samples import REGISTRY, REPOSITORY, at, digest


def point(number: int, minute: int) -> PointTag:
    """A push of image `number` under the tag."""
    return PointTag(
        registry=REGISTRY,
        repository=REPOSITORY,
        tag="latest",
        digest=digest(number),
        pointed_at=at(minute),
    )


def given(*commands: PointTag) -> Tag:
    """A tag that was pointed so, in this order."""
    tag = TAG.initial
    for command in commands:
        tag = TAG.fold(tag, TAG.decide(tag, command))
    return tag


def test_the_first_push_points_the_tag() -> None:
    assert TAG.decide(Tag(), point(1, 5)) == (
        TagPointed(
            registry=REGISTRY,
            repository=REPOSITORY,
            tag="latest",
            digest=digest(1),
            previous=None,
            pointed_at=at(5),
        ),
    )


def test_a_newer_push_moves_it_and_names_the_digest_it_left() -> None:
    (pointed,) = TAG.decide(given(point(1, 5)), point(2, 6))
    assert (pointed.digest, pointed.previous) == (digest(2), digest(1))


def test_an_older_push_changes_nothing() -> None:
    assert TAG.decide(given(point(2, 6)), point(1, 5)) == ()


def test_a_newer_push_of_the_same_digest_keeps_older_pushes_of_others_out() -> None:
    tag = given(point(1, 5), point(1, 9))
    assert TAG.decide(tag, point(2, 7)) == ()


def test_a_push_that_is_repeated_changes_nothing() -> None:
    assert TAG.decide(given(point(1, 5)), point(1, 5)) == ()


def test_every_order_of_pushes_ends_at_the_same_digest() -> None:
    pushes = [point(1, 5), point(2, 5), point(3, 4), point(1, 3)]
    for order in itertools.permutations(pushes):
        assert given(*order).digest == digest(2), "of two at one moment the greater digest"
