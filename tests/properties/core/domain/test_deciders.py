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
from core.domain.bill import BILL, BillCommand, ChargeImage, DeclineCharge
from core.domain.decider import Decider
from core.domain.events import (
    AdvisoriesPublished,
    EventRetried,
    EventSkipped,
    ExploitationPublished,
    FleetAssessed,
    ImageBilled,
    ImageNotBilled,
    PlanSwitchedOff,
    PlanSwitchedOn,
    RebuildCancelled,
    RebuildRequested,
    RegistryFound,
    RegistryGone,
    RuleExpired,
    RuleRemoved,
    RuleSet,
    RulesEvent,
    TagPointed,
)
from core.domain.plan import PLAN, SwitchPlan
from core.domain.registries import REGISTRIES, RecordRegistry, RecordRegistryGone, RegistriesCommand
from core.domain.rules import RULES, ExpireRules, RemoveRule, RulesCommand, SetRule
from core.domain.tag import TAG, PointTag
from core.domain.upkeep import (
    UPKEEP,
    CancelRebuild,
    RequestRebuild,
    RetryEvent,
    SkipEvent,
    UpkeepCommand,
)
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


@pytest.mark.parametrize("command", [ChargeImage, DeclineCharge])
def test_a_bill_is_decided_purely_and_once(command: type[BillCommand]) -> None:
    check(BILL, command, ImageBilled)
    check(BILL, command, ImageNotBilled)


def test_a_plan_is_decided_purely_and_once() -> None:
    check(PLAN, SwitchPlan, PlanSwitchedOn)
    check(PLAN, SwitchPlan, PlanSwitchedOff)


@pytest.mark.parametrize("command", [RecordRegistry, RecordRegistryGone])
def test_registries_are_decided_purely_and_once(command: type[RegistriesCommand]) -> None:
    check(REGISTRIES, command, RegistryFound)
    check(REGISTRIES, command, RegistryGone)


@pytest.mark.parametrize("command", [SetRule, RemoveRule, ExpireRules])
@pytest.mark.parametrize("event", [RuleSet, RuleRemoved, RuleExpired])
def test_rules_are_decided_purely_and_once(
    command: type[RulesCommand], event: type[RulesEvent]
) -> None:
    check(RULES, command, event)


@pytest.mark.parametrize("command", [PublishAdvisories, PublishExploitation, RecordFleetAssessment])
def test_advisories_are_decided_purely_and_once(command: type[AdvisoriesCommand]) -> None:
    check(ADVISORIES, command, AdvisoriesPublished)
    check(ADVISORIES, command, ExploitationPublished)
    check(ADVISORIES, command, FleetAssessed)


@pytest.mark.parametrize("command", [RequestRebuild, CancelRebuild, RetryEvent, SkipEvent])
def test_upkeep_is_decided_purely_and_once(command: type[UpkeepCommand]) -> None:
    for event in (RebuildRequested, RebuildCancelled, EventRetried, EventSkipped):
        check(UPKEEP, command, event)
