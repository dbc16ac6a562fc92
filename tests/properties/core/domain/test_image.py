"""The image's decider over every state that can be reached, and its fold over what never can."""

import copy
import random
from typing import get_args

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.domain import events as e
from core.domain.image import IMAGE, Image
from core.domain.image.state import Stage
from core.domain.values import Freshness, Health, SeverityCounts
from tests.support.histories import (
    BEGINNINGS,
    LARGEST,
    Past,
    Step,
    command_at,
    live,
    pasts,
    step,
)
from tests.support.images import INDEX, child
from tests.support.images import given as given_images
from tests.support.samples import digest
from tests.support.strategies import any_of

EVENTS = st.one_of(*(any_of(kind) for kind in get_args(e.ImageEvent.__value__)))

SETTLING = (
    e.ScanCompleted,
    e.RulesApplied,
    e.ImageNotApplicable,
    e.ImageDeleted,
    e.IndexRead,
    e.ChildAssessed,
)
"""The only facts that may change a verdict, which is of the findings that no rule disables."""


@settings(max_examples=100, deadline=None)
@given(pasts, step)
def test_deciding_and_folding_change_nothing_but_their_answer(past: Past, now: Step) -> None:
    _, image = live(past)
    command = command_at(image, now)
    before = copy.deepcopy((image, command))
    events = IMAGE.decide(image, command)
    after = IMAGE.fold(image, events)
    assert (image, command) == before
    assert (IMAGE.decide(image, command), IMAGE.fold(image, events)) == (events, after)


@settings(max_examples=200, deadline=None)
@given(pasts, step)
def test_a_command_that_is_repeated_decides_nothing(past: Past, now: Step) -> None:
    _, image = live(past)
    command = command_at(image, now)
    after = IMAGE.fold(image, IMAGE.decide(image, command))
    assert IMAGE.decide(after, command) == ()


@settings(max_examples=100, deadline=None)
@given(pasts, st.lists(EVENTS, max_size=10), step)
def test_the_fold_and_the_decisions_are_total_even_over_nonsense(
    past: Past, nonsense: list[e.ImageEvent], now: Step
) -> None:
    _, reached = live(past)
    for image in (IMAGE.fold(IMAGE.initial, nonsense), IMAGE.fold(reached, nonsense)):
        assert isinstance(image.health, Health)
        assert isinstance(image.freshness, Freshness)
        assert isinstance(image.counts, SeverityCounts)
        assert isinstance(IMAGE.decide(image, command_at(image, now)), tuple)


@settings(max_examples=150, deadline=None)
@given(pasts, step)
@example(past=((), [(0, 0, 0, 0), (10, 0, 0, 1)]), now=(19, 0, 1, 1))
def test_only_an_assessment_rules_another_content_or_a_deletion_change_the_verdict(
    past: Past, now: Step
) -> None:
    _, image = live(past)
    events = IMAGE.decide(image, command_at(image, now))
    after = IMAGE.fold(image, events)
    if (after.health, after.counts) != (image.health, image.counts):
        assert any(isinstance(event, SETTLING) for event in events)
    if not any(isinstance(event, e.ImageDeleted) for event in events):
        assert after.advisories_version >= image.advisories_version


def not_wanted(image: Image) -> bool:
    """Whether it waits to be used, or for the plan: nobody wants a scan of it now."""
    return image.scan is None or image.scan.stage is Stage.WITHDRAWN


@settings(max_examples=200, deadline=None)
@given(pasts)
def test_every_verdict_has_its_ground_and_every_image_says_what_it_waits_for(
    past: Past,
) -> None:
    history, image = live(past)
    if image.health is Health.HEALTHY and image.children is None:
        assert image.inventory is not None
        assert image.assessment is not None
        assert image.assessment.counts.total == 0
    if image.present:
        assert (
            image.open_scan is not None
            or image.health is not Health.UNSCANNED
            or image.failure is not None
            or image.children is not None
            or not_wanted(image)
        )
    asked = [event.scan for event in history if isinstance(event, e.ScanRequested)]
    runs = [scan for place, scan in enumerate(asked) if place == 0 or asked[place - 1] != scan]
    assert len(runs) == len(set(runs)) == image.scans, "no two scans share a name"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(Health)), min_size=1, max_size=8))
def test_verdicts_on_a_child_in_any_order_end_at_the_newest(
    verdicts: list[tuple[int, Health]],
) -> None:
    image = given_images(*INDEX)
    for position, health in verdicts:
        image = IMAGE.fold(image, IMAGE.decide(image, child(2, health, position)))
    newest = max(position for position, _ in verdicts)
    first = next(health for position, health in verdicts if position == newest)
    assert image.children is not None
    assert image.children[digest(2)].health is first


def any_step(chance: random.Random) -> Step:
    kind, a, b, minute = (chance.randint(0, most) for most in LARGEST)
    return kind, a, b, minute


def test_the_steps_of_these_properties_lead_to_every_kind_of_event() -> None:
    """By chance of its own: what Hypothesis draws changes with the constants of any module."""
    chance = random.Random(1)  # noqa: S311 (to be repeated)
    seen: set[type[object]] = set()
    for _ in range(1000):
        steps = [any_step(chance) for _ in range(10)]
        seen.update(type(event) for event in live((chance.choice(BEGINNINGS), steps))[0])
    assert seen == set(get_args(e.ImageEvent.__value__))
