"""What the API shows of an image says how far it is, and never that it is there too early."""

import pytest

from core.domain.values import Freshness, Health
from dev.demo.journey import Journey, Step
from tests.unit.dev.demo.shapes import arrived, child, image, subject


def test_before_the_registry_has_it_nothing_that_the_api_says_is_about_it() -> None:
    journey = Journey(subject=subject())
    journey.see([image()], 11.0)
    assert (journey.step, journey.seconds, journey.good) == (Step.PUSHING, None, False)


@pytest.mark.parametrize(
    ("stage", "step"),
    [("waiting", "requested"), ("running", "scanning"), ("inventoried", "inventoried")],
)
def test_a_scan_that_goes_on_is_shown_at_its_stage(stage: str, step: str) -> None:
    journey = arrived()
    journey.see([image(stage=stage, health=Health.UNSCANNED)], 11.0)  # type: ignore[arg-type]
    assert journey.step == step
    assert journey.seconds is None


def test_an_image_that_the_api_does_not_know_yet_is_pushed() -> None:
    journey = arrived()
    journey.see([image("another")], 11.0)
    assert journey.step is Step.PUSHED


def test_seconds_run_from_the_push_to_the_first_answer_with_the_verdict() -> None:
    journey = arrived()
    journey.see([image()], 12.5)
    journey.see([image()], 99.0)
    assert (journey.step, journey.seconds) == (Step.VERDICT, 2.5)
    assert journey.good


def test_an_index_waits_for_each_of_its_images() -> None:
    first, second = child("1", Health.UNHEALTHY), child("2", Health.UNSCANNED)
    journey = arrived(expected=Health.UNHEALTHY)
    journey.see([image(children=[first, second], health=Health.UNHEALTHY)], 11.0)
    assert str(journey.step) == "inventoried"
    done = child("2", Health.NOT_APPLICABLE)
    journey.see([image(children=[first, done], health=Health.UNHEALTHY)], 12.0)
    assert journey.step is Step.VERDICT
    assert journey.good


def test_an_index_does_not_wait_for_an_image_whose_scan_failed() -> None:
    failed = image("2", stage="failed", health=Health.UNSCANNED, freshness=Freshness.FAILED)
    journey = arrived()
    children = [child("2", Health.UNSCANNED)]
    journey.see([image(children=children, health=Health.UNSCANNED), failed], 11.0)
    assert str(journey.step) == "verdict"
    assert not journey.good


@pytest.mark.parametrize(
    ("health", "good"),
    [(Health.HEALTHY, True), (Health.NOT_APPLICABLE, True), (Health.UNSCANNED, False)],
)
def test_ones_own_image_is_good_with_any_verdict_but_none(health: Health, good: bool) -> None:
    journey = arrived(expected=None)
    journey.see([image(health=health)], 11.0)
    assert journey.good is good


def test_another_verdict_than_expected_is_not_good() -> None:
    journey = arrived(expected=Health.HEALTHY)
    journey.see([image(health=Health.UNHEALTHY)], 11.0)
    assert not journey.good
