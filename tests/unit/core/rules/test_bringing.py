"""A file of rules is what is in force: applied again it changes nothing, interrupted it goes on."""

import msgspec
import pytest

from core.domain.events import RuleRemoved, RuleSet
from core.domain.rules import MAX_RULES, Rule, RuleBook
from core.errors import InvalidRule
from core.processes.dispatch import Dispatch
from core.query.shapes import Json
from core.rules.bringing import Differences, RuleBringer, differences
from core.rules.desk import Changed, Full, RuleDesk
from core.rules.documents import read_rules
from tests.support.desk import Desk, desk
from tests.support.ruling import OF_ANOTHER, ZLIB_IS_FINE, rule, scanned
from tests.support.samples import SUBSCRIPTION, at
from tests.support.wire import wire


def written(*names: str, reason: str = "It is not reachable.") -> bytes:
    """A file of rules that each disable the one finding of a vulnerable image."""
    return msgspec.json.encode(
        {
            "rules": [
                {"id": name, "criteria": {"vulnerabilities": ["CVE-2026-1"]}, "reason": reason}
                for name in names
            ]
        }
    )


async def applied(app: Desk, document: bytes, **given: str) -> dict[str, Json]:
    files = app.app.services.ruling.files
    answer = wire(await files.apply(document, {"subscription": SUBSCRIPTION, **given}, "ada"))
    assert isinstance(answer, dict)
    return answer


async def events(app: Desk) -> list[RuleSet | RuleRemoved]:
    """What happened to the rules."""
    history = await app.app.services.ruling.desk.history(SUBSCRIPTION)
    return [one.event for one in history if isinstance(one.event, RuleSet | RuleRemoved)]


async def in_force(app: Desk) -> list[str]:
    return sorted((await app.app.services.ruling.desk.book(SUBSCRIPTION)).rules)


async def test_a_file_says_what_is_in_force() -> None:
    app = await desk()
    await rule(app, "gone", OF_ANOTHER)
    await rule(app, "kept", ZLIB_IS_FINE)
    await rule(app, "other", OF_ANOTHER)
    assert await applied(app, written("kept", "new", "other")) == {
        "dryRun": False,
        "added": ["new"],
        "changed": ["other"],
        "removed": ["gone"],
        "unchanged": ["kept"],
        "expired": [],
    }
    assert await in_force(app) == ["kept", "new", "other"]


async def test_a_file_that_is_applied_again_records_nothing() -> None:
    app = await desk()
    await applied(app, written("a", "b"))
    before = await events(app)
    assert (await applied(app, written("b", "a")))["unchanged"] == ["a", "b"]
    assert await events(app) == before


async def test_a_dry_run_says_all_and_does_nothing() -> None:
    app = await desk()
    await rule(app, "gone")
    answer = await applied(app, written("new"), dryRun="true")
    assert (answer["added"], answer["removed"]) == (["new"], ["gone"])
    assert await in_force(app) == ["gone"]


async def test_a_bad_rule_stops_the_file_before_anything_is_done() -> None:
    app = await desk()
    with pytest.raises(InvalidRule, match="rule b"):
        await applied(app, written("a", "b").replace(b'reachable."}]', b'\\u0000"}]'))
    assert await in_force(app) == []


async def test_what_moves_to_another_rule_stays_disabled_throughout(app: Desk) -> None:
    await rule(app, "old")
    await scanned(app, 1)
    await applied(app, written("new"))
    assert [type(one) for one in await events(app)] == [RuleSet, RuleSet, RuleRemoved]


class Behind(RuleDesk):
    """A desk that knows the rules as they were a moment ago."""

    def __init__(self, app: Desk, known: RuleBook) -> None:
        super().__init__(app.app.services.log, Dispatch(app.account.queues))
        self._book = known

    async def book(self, subscription: str) -> RuleBook:
        return self._book


async def brought(desk: RuleDesk, document: bytes) -> Differences | Changed | Full:
    """The file as that desk applies it."""
    drafts = read_rules(document, now=at(0)).drafts
    return await RuleBringer(desk).bring(
        SUBSCRIPTION, drafts, whole=True, dry_run=False, by="bob", now=at(0)
    )


async def test_a_rule_that_somebody_changed_meanwhile_is_left_to_a_second_look() -> None:
    app = await desk()
    await rule(app, "b", ZLIB_IS_FINE)
    behind = Behind(app, await app.app.services.ruling.desk.book(SUBSCRIPTION))
    await rule(app, "b", OF_ANOTHER)
    assert isinstance(await brought(behind, written("a", "b", reason="Mine.")), Changed)
    assert (await app.app.services.ruling.desk.book(SUBSCRIPTION)).rules["b"].criteria == OF_ANOTHER
    assert await in_force(app) == ["a", "b"], "what was done until then stays"
    assert (await applied(app, written("a", "b", reason="Mine.")))["changed"] == ["b"]


async def test_a_rule_that_came_meanwhile_is_not_taken_back_unseen() -> None:
    app = await desk()
    behind = Behind(app, await app.app.services.ruling.desk.book(SUBSCRIPTION))
    await rule(app, "theirs")
    assert isinstance(await brought(behind, written("mine")), Differences)
    assert await in_force(app) == ["mine", "theirs"]


async def test_a_full_book_makes_room_before_it_takes_more_in() -> None:
    app = await desk()
    draft = read_rules(written("one"), now=at(0)).drafts["one"]
    full = RuleBook(
        version=MAX_RULES,
        rules={
            name: Rule(
                id=name,
                criteria=draft.criteria,
                reason="Old.",
                author="ada",
                expires=None,
                version=number,
            )
            for number, name in enumerate((f"r{n}" for n in range(MAX_RULES)), start=1)
        },
    )
    bringer = RuleBringer(Behind(app, full))
    said = await bringer.bring(
        SUBSCRIPTION, {"one": draft}, whole=False, dry_run=True, by="bob", now=at(0)
    )
    assert isinstance(said, Full)
    assert len(differences(full, {"one": draft}, whole=True).removed) == MAX_RULES
    assert isinstance(await brought(Behind(app, full), written("one")), Differences)
    assert await in_force(app) == ["one"]


async def test_many_rules_share_appends_and_the_first_that_is_refused_ends_them() -> None:
    app = await desk()
    names = [f"r{number:03d}" for number in range(90)]
    await applied(app, written(*names))
    history = await app.app.services.ruling.desk.history(SUBSCRIPTION)
    assert len({one.command for one in history}) == 3
    behind = Behind(app, await app.app.services.ruling.desk.book(SUBSCRIPTION))
    await rule(app, "r041", OF_ANOTHER)
    assert isinstance(await brought(behind, written(*names, reason="Mine.")), Changed)
    rules = (await app.app.services.ruling.desk.book(SUBSCRIPTION)).rules.values()
    assert [one.id for one in rules if one.reason == "Mine."] == names[:41]
