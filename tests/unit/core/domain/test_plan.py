"""A plan is on or off, and remembers since when, and by whom."""

from core.domain.events import PlanSwitchedOn
from core.domain.plan import PLAN, Plan, SwitchPlan
from tests.support.samples import SUBSCRIPTION, at


def switch(minute: int, *, on: bool = True) -> SwitchPlan:
    """Somebody switches it."""
    return SwitchPlan(subscription=SUBSCRIPTION, on=on, by="somebody", at=at(minute))


def given(*commands: SwitchPlan) -> Plan:
    """A plan that was switched so."""
    plan = PLAN.initial
    for command in commands:
        plan = PLAN.fold(plan, PLAN.decide(plan, command))
    return plan


def test_a_plan_is_off_until_somebody_switches_it_on() -> None:
    assert not Plan().on
    assert PLAN.decide(Plan(), switch(0, on=False)) == ()
    (event,) = PLAN.decide(Plan(), switch(5))
    assert event == PlanSwitchedOn(subscription=SUBSCRIPTION, by="somebody", switched_at=at(5))


def test_what_is_so_already_is_no_news() -> None:
    assert PLAN.decide(given(switch(5)), switch(6)) == ()


def test_how_it_was_at_any_moment_is_known() -> None:
    plan = given(switch(5), switch(10, on=False), switch(15))
    assert [plan.on_at(at(minute)) for minute in (4, 5, 9, 10, 14, 15, 99)] == [
        *(False, True, True, False, False, True, True),
    ]


def test_a_clock_that_jumps_back_does_not_put_an_earlier_time_behind_a_later_one() -> None:
    plan = given(switch(10), switch(5, on=False))
    assert [one.at for one in plan.switches] == [at(10), at(10)]
    assert not plan.on_at(at(10))
