"""Rules are set by whoever knows what he changes, and end by themselves."""

from dataclasses import replace

from core.domain.criteria import Criteria
from core.domain.events import RuleExpired, RuleRemoved, RuleSet
from core.domain.rules import (
    MAX_RULES,
    RULES,
    ExpireRules,
    RemoveRule,
    RuleBook,
    RulesCommand,
    SetRule,
)
from tests.support.samples import SUBSCRIPTION, at

SET = SetRule(
    subscription=SUBSCRIPTION,
    rule="no-fix",
    criteria=Criteria(not_patchable=True),
    reason="Nothing can be done.",
    author="ada",
    expires=at(60),
    at=at(0),
)
REMOVE = RemoveRule(subscription=SUBSCRIPTION, rule="no-fix", author="bob")


def given(*commands: RulesCommand) -> RuleBook:
    """The rules after those commands."""
    book = RULES.initial
    for command in commands:
        book = RULES.fold(book, RULES.decide(book, command))
    return book


def test_a_rule_is_set_with_its_reason_and_author() -> None:
    (event,) = RULES.decide(given(), SET)
    assert isinstance(event, RuleSet)
    assert (event.reason, event.author, event.expires) == (SET.reason, "ada", at(60))
    assert given(SET).rules["no-fix"].version == given(SET).version == 1


def test_the_same_rule_again_is_no_news_whoever_says_so() -> None:
    assert RULES.decide(given(SET), SET) == ()
    assert RULES.decide(given(SET), replace(SET, author="bob", at=at(5))) == ()


def test_a_rule_is_replaced_as_a_whole_and_has_another_version() -> None:
    book = given(SET, replace(SET, reason="Another reason.", expires=None))
    assert (book.rules["no-fix"].reason, book.rules["no-fix"].expires) == ("Another reason.", None)
    assert book.rules["no-fix"].version == 2


def test_whoever_knows_another_version_changes_nothing() -> None:
    other = replace(SET, reason="Another reason.")
    book = given(SET, other)
    assert RULES.decide(book, replace(SET, reason="Mine.", expected=1)) == ()
    assert RULES.decide(book, replace(SET, reason="Mine.", expected=0)) == ()
    assert RULES.decide(book, replace(REMOVE, expected=1)) == ()
    assert RULES.decide(book, replace(SET, reason="Mine.", expected=2)) != ()


def test_a_rule_that_must_be_new_is_only_set_where_there_is_none() -> None:
    assert RULES.decide(given(), replace(SET, expected=0)) != ()
    assert RULES.decide(given(), replace(SET, expected=3)) == ()


def test_a_rule_that_has_expired_at_birth_is_not_set() -> None:
    assert RULES.decide(given(), replace(SET, at=at(60))) == ()


def test_rules_expire_once_and_each_at_its_time() -> None:
    book = given(
        SET, replace(SET, rule="later", expires=at(90)), replace(SET, rule="no", expires=None)
    )
    assert book.next_expiry == at(60)
    assert RULES.decide(book, ExpireRules(subscription=SUBSCRIPTION, at=at(59))) == ()
    expire = ExpireRules(subscription=SUBSCRIPTION, at=at(60))
    assert RULES.decide(book, expire) == (
        RuleExpired(subscription=SUBSCRIPTION, rule="no-fix", expired=at(60)),
    )
    after = RULES.fold(book, RULES.decide(book, expire))
    assert set(after.rules) == {"later", "no"}
    assert RULES.decide(after, expire) == ()


def test_what_is_not_there_is_not_removed() -> None:
    assert RULES.decide(given(), REMOVE) == ()
    (event,) = RULES.decide(given(SET), REMOVE)
    assert event == RuleRemoved(subscription=SUBSCRIPTION, rule="no-fix", author="bob")


def test_there_is_room_for_so_many_rules_and_a_known_one_can_always_be_changed() -> None:
    full = given(*(replace(SET, rule=f"rule-{number}") for number in range(MAX_RULES)))
    assert RULES.decide(full, SET) == ()
    assert RULES.decide(full, replace(SET, rule="rule-7", reason="Another.")) != ()
