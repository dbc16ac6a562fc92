"""Timers: by the clock, at the start, and by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from dev.host.bindings import TimerTrigger
from dev.host.errors import AppRefused
from dev.host.protos import TypedData
from dev.host.timers import timer
from dev.stack.azurite import Azurite
from tests.functions.host.running import Running, sample_app


@pytest.mark.azurite
async def test_a_timer_fires_by_its_schedule(azurite: Azurite, tmp_path: Path) -> None:
    async with sample_app(tmp_path, azurite.connection_string, schedule="* * * * * *") as running:
        await running.told("tick", [False, ["Last", "LastUpdated", "Next"]])


@pytest.mark.azurite
async def test_only_who_asks_for_it_runs_at_the_start(running: Running) -> None:
    await running.told("start", [])
    assert await running.journal("tick") == []


@pytest.mark.azurite
async def test_a_timer_is_fired_by_hand_with_the_master_key(running: Running) -> None:
    keys = running.host.state.keys
    assert await by_hand(running, "on_new_year", keys.function, b"{}") == 401
    assert await by_hand(running, "nobody", keys.master, b"{}") == 404
    assert await by_hand(running, "on_new_year", keys.master, b"now") == 400
    assert await by_hand(running, "on_new_year", keys.master, b"") == 400
    assert await running.journal("new year") == []
    assert await by_hand(running, "ON_new_year", keys.master, b"{}") == 202
    await running.told("new year", [False])


@pytest.mark.azurite
async def test_other_functions_run_by_hand_on_the_given_input(running: Running) -> None:
    master = running.host.state.keys.master
    event = {"id": "by hand", "data": {"n": 1}, "eventType": "t", "subject": "s", "topic": "t"}
    text = msgspec.json.encode({"input": msgspec.json.encode(event).decode()})
    assert await by_hand(running, "on_event", master, text) == 202
    await running.told("event", ["EventGridEvent", "by hand", {"n": 1}])
    assert await by_hand(running, "on_hop", master, b'{"input": "by hand"}') == 202
    await running.told("hop", ["by hand"])


async def by_hand(running: Running, function: str, key: str, body: bytes) -> int:
    url = running.url(f"/admin/functions/{function}?code={key}")
    async with running.session.post(url, data=body) as response:
        return response.status


async def test_runs_do_not_overlap_and_a_late_one_follows_at_once() -> None:
    at_work, runs = 0, 0
    enough = asyncio.Event()

    async def fire(argument: TypedData) -> None:
        nonlocal at_work, runs
        assert at_work == 0
        at_work, runs = at_work + 1, runs + 1
        await asyncio.sleep(0.15)
        at_work -= 1
        if runs == 3:
            enough.set()

    made = timer("f", TimerTrigger(name="t", schedule="00:00:00.050"), fire)
    running = asyncio.create_task(made.run())
    await asyncio.wait_for(enough.wait(), 10)
    made.stop()
    await asyncio.wait_for(running, 10)


async def test_the_function_is_told_when_it_ran_last_and_runs_next() -> None:
    told: list[TypedData] = []
    twice = asyncio.Event()

    async def fire(argument: TypedData) -> None:
        told.append(argument)
        if len(told) == 2:
            twice.set()

    made = timer("f", TimerTrigger(name="t", schedule="00:00:00.050"), fire)
    running = asyncio.create_task(made.run())
    await asyncio.wait_for(twice.wait(), 10)
    made.stop()
    await running
    first, second = (msgspec.json.decode(one.json or "")["ScheduleStatus"] for one in told)
    assert first["Last"] == "0001-01-01T00:00:00+00:00"
    assert datetime.fromisoformat(second["Last"]) >= datetime.fromisoformat(first["Next"])
    assert datetime.now(UTC) - datetime.fromisoformat(second["Next"]) < timedelta(minutes=1)


async def test_a_timer_that_never_fires_ends() -> None:
    async def fire(argument: TypedData) -> None:
        raise AssertionError("it fired")

    await timer("f", TimerTrigger(name="t", schedule="0 0 0 30 2 *"), fire).run()


def test_a_schedule_that_cannot_be_read_is_refused_with_the_functions_name() -> None:
    async def fire(argument: TypedData) -> None: ...

    with pytest.raises(AppRefused, match="Function f has no valid schedule: '61' is no second"):
        timer("f", TimerTrigger(name="t", schedule="61 * * * * *"), fire)
