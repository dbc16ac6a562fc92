"""Pushes and deletions in any order, however often, end where the registry's clock says.

The oracle never folds: it looks at all pushes and deletions at once. Tags meet in a stream of their
own, which is asked here as the process manager asks it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import events as e
from core.domain.image import IMAGE, Image
from core.domain.image.commands import LoseTag, RecordDeletion, RecordPush
from core.domain.tag import TAG, PointTag, Tag
from tests.support.images import delete, push
from tests.support.samples import REGISTRY, REPOSITORY, digest

IMAGES = (1, 2, 3)
TAGS = ("a", "b")

type Signal = tuple[int, RecordPush | RecordDeletion]
"""What a registry says of an image, and of which."""

minutes = st.integers(0, 8)
pushes = st.builds(
    lambda number, minute, tag: (number, push(minute, tag, number=number)),
    st.sampled_from(IMAGES),
    minutes,
    st.sampled_from([*TAGS, None]),
)
deletions = st.builds(
    lambda number, minute: (number, delete(minute)), st.sampled_from(IMAGES), minutes
)
signals: st.SearchStrategy[list[Signal]] = st.lists(
    st.one_of(pushes, pushes, deletions), max_size=9
)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Signal], list[Signal]]:
    """What happened, and how news of it arrived: in some order, some of it twice."""
    happened = draw(signals)
    repeated = draw(st.lists(st.sampled_from(happened), max_size=4)) if happened else []
    return happened, draw(st.permutations([*happened, *repeated]))


@dataclass(slots=True)
class World:
    """All images and tags of a repository."""

    images: dict[int, Image] = field(default_factory=lambda: dict.fromkeys(IMAGES, Image()))
    tags: dict[str, Tag] = field(default_factory=lambda: dict.fromkeys(TAGS, Tag()))

    def hear(self, arriving: Iterable[Signal]) -> "World":
        """News arrives, one by one."""
        for number, command in arriving:
            for event in self._decide(number, command):
                if isinstance(event, e.ImagePushed | e.PushOutdated) and event.tag is not None:
                    self._point(number, event)
        return self

    def _decide(
        self, number: int, command: RecordPush | RecordDeletion | LoseTag
    ) -> Sequence[e.ImageEvent]:
        events = IMAGE.decide(self.images[number], command)
        self.images[number] = IMAGE.fold(self.images[number], events)
        return events

    def _point(self, number: int, pushed: e.ImagePushed | e.PushOutdated) -> None:
        tag = str(pushed.tag)
        command = PointTag(
            registry=REGISTRY,
            repository=REPOSITORY,
            tag=tag,
            digest=digest(number),
            pointed_at=pushed.pushed_at,
        )
        events = TAG.decide(self.tags[tag], command)
        self.tags[tag] = TAG.fold(self.tags[tag], events)
        for event in events:
            if event.previous is not None:
                self._lose(event.previous, tag)
        if self.tags[tag].digest != digest(number):
            self._lose(digest(number), tag)

    def _lose(self, loser: str, name: str) -> None:
        tag = self.tags[name]
        assert tag.digest is not None
        assert tag.pointed_at is not None
        command = LoseTag(tag=name, to=tag.digest, moved_at=tag.pointed_at)
        self._decide(next(number for number in IMAGES if digest(number) == loser), command)


def expected(happened: Sequence[Signal]) -> dict[int, tuple[bool, tuple[str, ...]]]:
    """Who is present and holds which tags, by the registry's clock alone."""
    pushed = [(number, one) for number, one in happened if isinstance(one, RecordPush)]
    deleted = [(number, one) for number, one in happened if isinstance(one, RecordDeletion)]

    def alive(number: int) -> list[RecordPush]:
        gone = [one.deleted_at for which, one in deleted if which == number]
        mine = [one for which, one in pushed if which == number]
        return [one for one in mine if all(one.pushed_at > moment for moment in gone)]

    def owner(tag: str) -> int:
        return max((one.pushed_at, number) for number, one in pushed if one.tag == tag)[1]

    return {
        number: (
            bool(alive(number)),
            tuple(
                sorted({one.tag for one in alive(number) if one.tag and owner(one.tag) == number})
            ),
        )
        for number in IMAGES
    }


def seen(world: World) -> dict[int, tuple[bool, tuple[str, ...]]]:
    """Who is present and holds which tags, as the images say."""
    return {number: (image.present, image.tags) for number, image in world.images.items()}


@settings(max_examples=200, deadline=None)
@given(arrivals())
def test_every_order_of_arrival_ends_as_the_registrys_clock_says(
    story: tuple[list[Signal], list[Signal]],
) -> None:
    happened, arrived = story
    assert seen(World().hear(arrived)) == expected(happened)


@settings(max_examples=50, deadline=None)
@given(arrivals())
def test_hearing_everything_again_changes_nothing(
    story: tuple[list[Signal], list[Signal]],
) -> None:
    world = World().hear(story[1])
    images, tags = dict(world.images), dict(world.tags)
    world.hear(story[0])
    assert (world.images, world.tags) == (images, tags)


@settings(max_examples=50, deadline=None)
@given(arrivals())
def test_a_present_image_has_been_asked_to_be_scanned(
    story: tuple[list[Signal], list[Signal]],
) -> None:
    for image in World().hear(story[1]).images.values():
        assert (image.open_scan is not None) is image.present
