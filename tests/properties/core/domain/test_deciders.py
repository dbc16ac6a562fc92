"""Tags, bills and advisories: pure, silent to repetitions, total."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.advisories import (
    ADVISORIES,
    AdvisoriesCommand,
    PublishAdvisories,
    PublishExploitation,
    RecordFleetAssessment,
)
from core.domain.bill import BILL, ChargeImage
from core.domain.decider import Decider
from core.domain.events import (
    AdvisoriesPublished,
    ExploitationPublished,
    FleetAssessed,
    ImageBilled,
    TagPointed,
)
from core.domain.tag import TAG, PointTag
from tests.support.strategies import any_of


def check[State, Command, Event](
    decider: Decider[State, Command, Event], command: type[Command], event: type[Event]
) -> None:
    """Whatever happened before, a command decides the same each time, and once only."""

    @settings(max_examples=60, deadline=None)
    @given(st.lists(any_of(event), max_size=5), any_of(command))
    def holds(past: list[Event], now: Command) -> None:
        state = decider.fold(decider.initial, past)
        before = copy.deepcopy((state, now))
        events = decider.decide(state, now)
        after = decider.fold(state, events)
        assert (state, now) == before
        assert decider.decide(state, now) == events
        assert decider.decide(after, now) == ()

    holds()


def test_a_tag_is_decided_purely_and_once() -> None:
    check(TAG, PointTag, TagPointed)


def test_a_bill_is_decided_purely_and_once() -> None:
    check(BILL, ChargeImage, ImageBilled)


@pytest.mark.parametrize("command", [PublishAdvisories, PublishExploitation, RecordFleetAssessment])
def test_advisories_are_decided_purely_and_once(command: type[AdvisoriesCommand]) -> None:
    check(ADVISORIES, command, AdvisoriesPublished)
    check(ADVISORIES, command, ExploitationPublished)
    check(ADVISORIES, command, FleetAssessed)
