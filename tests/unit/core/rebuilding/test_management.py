"""Administrators see what is wrong, try it again or give it up, and the log says who did."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from core.domain.events import EventRetried, EventSkipped, ImagePulled
from core.domain.ids import upkeep_stream
from core.domain.recorded import Recorded
from core.errors import InvalidInput, NotNow
from core.log.handle import Cause
from core.processes.follower import ProcessFollower
from core.projections.runner import Runner
from core.projections.skips import LoggedSkips
from core.query.shapes import Json
from core.rebuilding.answers import Management
from core.rebuilding.mending import Mending
from core.rebuilding.standing import Followers
from tests.support.ladders import Ladder
from tests.support.rebuilding import SHARDS, Process, Site, undisturbed
from tests.support.tally import number_of
from tests.support.wire import wire


@dataclass(slots=True)
class Stubborn:
    """A process manager that hears numbers, and stops at some of them."""

    poison: set[int] = field(default_factory=set)
    heard: list[int] = field(default_factory=list)
    name: str = "stubborn"

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        if not isinstance(recorded.event, ImagePulled):
            return None
        if number_of(recorded) in self.poison:
            raise ValueError(f"not {number_of(recorded)}")
        self.heard.append(number_of(recorded))
        return None


@dataclass(frozen=True, slots=True)
class Office:
    """A process of the app, and what administrators have of it."""

    process: Process
    runner: Runner
    management: Management

    async def view(self) -> dict[str, Json]:
        """The ladder, as it is shown."""
        shown = wire(await self.management.one("ladder", {}))
        assert isinstance(shown, dict)
        return shown


async def office(
    site: Site, ladder: Ladder, stubborn: Stubborn | None = None, *, halts: bool = False
) -> Office:
    """Everything of one process."""
    process = await site.process(ladder, halts=halts)
    checkpoints = await site.tables.open("processes")
    manager = ProcessFollower(
        stubborn or Stubborn(), process.log, checkpoints, LoggedSkips(process.log)
    )
    runner = Runner(process.log, [process.live, manager])
    followers = Followers(process.log, process.views, checkpoints, ["stubborn"])
    mending = Mending(process.log, process.views, runner, followers, site.clock)
    management = Management(process.views, followers, process.rebuilder, mending, SHARDS)
    return Office(process, runner, management)


def which(position: int, *, shard: int = 0, reason: str = "why not") -> bytes:
    """The body of a retry or a skip."""
    return json.dumps({"shard": shard, "position": position, "reason": reason}).encode()


async def audit(site: Site, follower: str) -> list[tuple[str, int, str, str]]:
    """What the log says was done: what, to which position, by whom and why."""
    history = await (await site.log()).history(upkeep_stream(follower))
    return [
        (type(one.event).__name__, one.event.position, one.event.by, one.event.reason)
        for one in history
        if isinstance(one.event, EventRetried | EventSkipped)
    ]


async def test_every_view_and_process_manager_is_shown_with_how_far_it_is() -> None:
    site = Site()
    one = await office(site, Ladder())
    await site.say(3, 5)
    await one.runner.sweep()
    await site.say(1, shard=1)
    answer = wire(await one.management.all({}))
    assert isinstance(answer, dict)
    shown = answer["value"]
    assert isinstance(shown, list)
    ladder, stubborn = shown
    assert isinstance(ladder, dict)
    assert isinstance(stubborn, dict)
    assert (ladder["name"], ladder["kind"], ladder["lag"]) == ("ladder", "view", 1)
    assert ladder["active"] == {"table": "ladderv1", "version": 1, "generation": 1}
    assert ladder["shards"] == [
        {"shard": 0, "position": 2, "head": 2},
        {"shard": 1, "position": 0, "head": 1},
    ]
    assert (ladder["halted"], ladder["parked"], ladder["rebuild"]) == ([], [], None)
    assert (stubborn["name"], stubborn["kind"], stubborn["lag"]) == ("stubborn", "process", 1)


async def test_what_is_parked_is_shown_and_tried_again_with_all_that_waits_behind_it() -> None:
    site, ladder = Site(), Ladder(poison={13})
    one = await office(site, ladder)
    await site.say(4, 13, 9)
    await one.runner.sweep()
    parked = (await one.view())["parked"]
    assert isinstance(parked, list)
    assert [item["error"] for item in parked if isinstance(item, dict)] == [
        "Poisoned: number 13",
        "waits for the event of its stream at position 2",
    ]
    assert wire(await one.management.retry("ladder", which(2), "me")) == {
        "done": [],
        "waits": {"position": 2, "error": "Poisoned: number 13"},
    }
    ladder.poison.clear()
    site.clock.pass_by(site.clock.now - site.clock.now.replace(hour=11))
    assert wire(await one.management.retry("ladder", which(2, reason="mended"), "me")) == {
        "done": [2, 3],
        "waits": None,
    }
    assert (await one.view())["parked"] == []
    assert await one.process.shown() == await undisturbed(one.process.log)
    assert await audit(site, "ladder") == [
        ("EventRetried", 2, "me", "why not"),
        ("EventRetried", 2, "me", "mended"),
    ]


async def test_what_is_given_up_is_gone_past_and_what_waited_behind_it_is_applied() -> None:
    site, ladder = Site(), Ladder(poison={13})
    one = await office(site, ladder)
    await site.say(4, 13, 9)
    await one.runner.sweep()
    assert wire(await one.management.skip("ladder", which(2), "me")) == {
        "done": [2, 3],
        "waits": None,
    }
    lengths = [cells["length"] for _, key, cells in await one.process.shown() if key[0] == "n"]
    assert lengths == [9]
    assert await audit(site, "ladder") == [("EventSkipped", 2, "me", "why not")]
    with pytest.raises(NotNow, match="neither parked"):
        wire(await one.management.skip("ladder", which(2), "me"))


async def test_a_view_that_halts_goes_on_when_its_event_is_given_up() -> None:
    site, ladder = Site(), Ladder(poison={13})
    one = await office(site, ladder, halts=True)
    await site.say(4, 13, 9)
    with pytest.raises(ExceptionGroup):
        await one.runner.sweep()
    assert (await one.view())["halted"] == [
        {"shard": 0, "position": 2, "error": "Poisoned: number 13"}
    ]
    assert wire(await one.management.retry("ladder", which(2), "me")) == {
        "done": [],
        "waits": {"position": 2, "error": "Poisoned: number 13"},
    }
    assert wire(await one.management.skip("ladder", which(2), "me")) == {"done": [2], "waits": None}
    await one.runner.sweep()
    shown = await one.view()
    assert (shown["halted"], shown["lag"]) == ([], 0)


async def test_a_process_manager_that_halts_says_so_and_goes_on_when_told() -> None:
    site, stubborn = Site(), Stubborn(poison={13, 14})
    one = await office(site, Ladder(), stubborn)
    await site.say(4, 13, 9, 14, 2)
    with pytest.raises(ExceptionGroup):
        await one.runner.sweep()
    shown = wire(await one.management.one("stubborn", {}))
    assert isinstance(shown, dict)
    assert shown["halted"] == [{"shard": 0, "position": 2, "error": "ValueError: not 13"}]
    stubborn.poison.discard(13)
    assert wire(await one.management.retry("stubborn", which(2), "me")) == {
        "done": [2],
        "waits": None,
    }
    assert wire(await one.management.skip("stubborn", which(4), "me")) == {
        "done": [4],
        "waits": None,
    }
    assert stubborn.heard == [4, 13, 9, 2]
    assert await audit(site, "stubborn") == [
        ("EventRetried", 2, "me", "why not"),
        ("EventSkipped", 4, "me", "why not"),
    ]


async def test_a_rebuild_is_asked_for_shown_and_refused_while_it_runs() -> None:
    site = Site()
    one = await office(site, Ladder())
    await site.say(4, 9)
    await one.runner.sweep()
    assert wire(await one.management.progress("ladder", {})) is None
    asked = wire(await one.management.rebuild("ladder", b'{"reason": "rows are missing"}', "me"))
    assert isinstance(asked, dict)
    assert (asked["phase"], asked["table"], asked["by"]) == ("folding", "ladderv1g2", "me")
    with pytest.raises(NotNow, match="being rebuilt already"):
        wire(await one.management.rebuild("ladder", b'{"reason": "too"}', "another"))
    await one.process.rebuilder.work(one.process.projection)
    running = wire(await one.management.progress("ladder", {}))
    assert isinstance(running, dict)
    assert (running["phase"], running["folded"]) == ("retiring", {"events": 3, "of": 3})
    await site.to_the_end(one.process)
    done = wire(await one.management.progress("ladder", {}))
    assert isinstance(done, dict)
    compared = done["compared"]
    assert isinstance(compared, dict)
    assert (done["phase"], compared["differing"], compared["shards"]) == ("done", 0, SHARDS)


async def test_process_managers_see_nothing_of_a_rebuild() -> None:
    site, stubborn = Site(), Stubborn()
    one = await office(site, Ladder(), stubborn)
    await site.say(4, 9)
    await one.runner.sweep()
    await one.process.rebuilder.ask(one.process.projection, by="me", reason="to see")
    await site.to_the_end(one.process)
    await one.runner.sweep()
    assert stubborn.heard == [4, 9]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"shard": 0, "position": 2}',
        b'{"shard": -1, "position": 2, "reason": "x"}',
        b'{"shard": 2, "position": 2, "reason": "x"}',
        b'{"shard": 0, "position": 0, "reason": "x"}',
        b'{"shard": 0, "position": 2, "reason": ""}',
        b'{"shard": 0, "position": 2, "reason": "x", "force": true}',
        json.dumps({"shard": 0, "position": 2, "reason": "x" * 501}).encode(),
        b'{"shard": 0, "position": 2, "reason": "\\u001b[31m"}',
    ],
)
async def test_a_body_that_makes_no_sense_is_refused_and_changes_nothing(body: bytes) -> None:
    site = Site()
    one = await office(site, Ladder(poison={13}))
    await site.say(4, 13)
    await one.runner.sweep()
    for act in (one.management.retry, one.management.skip):
        with pytest.raises(InvalidInput):
            await act("ladder", body, "me")
    assert await audit(site, "ladder") == []


async def test_what_is_not_there_is_not_there() -> None:
    site = Site()
    one = await office(site, Ladder())
    assert wire(await one.management.one("nobody", {})) is None
    assert wire(await one.management.rebuild("nobody", b'{"reason": "x"}', "me")) is None
    assert wire(await one.management.retry("nobody", which(1), "me")) is None
    assert wire(await one.management.progress("stubborn", {})) is None
    with pytest.raises(InvalidInput, match="process manager"):
        wire(await one.management.rebuild("stubborn", b'{"reason": "x"}', "me"))
    with pytest.raises(NotNow, match="neither parked"):
        wire(await one.management.retry("ladder", which(1), "me"))
