"""The host's clock: it moves when it is told to, forward, and is right again afterwards."""

import time
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dev.host.clock import FARTHEST, movable_clock

SOON = timedelta(minutes=1)


def test_dates_move_and_durations_do_not() -> None:
    real, running = datetime.now(UTC), time.monotonic()
    with movable_clock() as clock:
        assert datetime.now(UTC) - real < SOON, "nobody has moved it"
        assert timedelta() <= clock.move(timedelta(days=7)) - real - timedelta(days=7) < SOON
        clock.move(timedelta(days=7))
        assert datetime.now(UTC) - real > timedelta(days=14)
        assert time.time() - real.timestamp() > timedelta(days=14).total_seconds()
        assert time.monotonic() - running < SOON.total_seconds()
    assert datetime.now(UTC) - real < SOON


@pytest.mark.parametrize("by", [timedelta(seconds=-1), FARTHEST + timedelta(seconds=1)])
def test_it_goes_neither_back_nor_too_far_at_once(by: timedelta) -> None:
    with movable_clock() as clock, pytest.raises(ValueError, match="goes forward, by 366 days"):
        clock.move(by)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"seconds": 60}', 200),
        (b'{"seconds": 0}', 200),
        (b'{"seconds": -1}', 400),
        (b'{"seconds": 1e300}', 400),
        (b'{"seconds": null}', 400),
        (b'{"days": 1}', 400),
        (b"", 400),
    ],
)
async def test_a_move_is_asked_for_in_seconds(body: bytes, status: int) -> None:
    with movable_clock() as clock:
        application = web.Application()
        application.router.add_post("/", clock.answer)
        async with (
            TestServer(application) as server,
            aiohttp.ClientSession() as session,
            session.post(server.make_url("/"), data=body) as response,
        ):
            assert response.status == status
            if status == 200:
                now = datetime.fromisoformat((await response.json())["now"])
                assert abs(datetime.now(UTC) - now) < SOON
