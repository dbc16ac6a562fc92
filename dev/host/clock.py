"""The host's clock, where it may be moved: weeks go by in a moment.

The app asks its machine what time it is, here as in Azure, and has no setting that says otherwise.
So what is moved is the machine's clock, as this one process reads it: everything in it that asks
for the date, timers and the lifetimes of tokens included. Durations are measured as before, and
nobody else notices: storage, the registry, sandboxes and the topic keep the real time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from time_machine import Traveller

FARTHEST = timedelta(days=366)
"""How far it goes at once: more is more likely a mistake in the unit."""


class _Move(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a move."""

    seconds: float


class MovableClock:
    """Tells the time, and goes forward when it is told to: recorded times never run backwards."""

    def __init__(self, traveller: "Traveller") -> None:
        self._traveller = traveller

    def move(self, by: timedelta) -> datetime:
        """Go forward by so much; what time it is then. ValueError for what is no such step."""
        if not timedelta() <= by <= FARTHEST:
            raise ValueError(f"the clock goes forward, by {FARTHEST.days} days at most")
        self._traveller.shift(by)
        return datetime.now(UTC)

    async def answer(self, request: web.Request) -> web.Response:
        """`POST {"seconds": …}`: move it, and say what time it is."""
        try:
            move = msgspec.json.decode(await request.read(), type=_Move)
            now = self.move(timedelta(seconds=move.seconds))
        except (msgspec.MsgspecError, ValueError, OverflowError) as error:
            return web.Response(status=400, text=f'Send {{"seconds": …}} as JSON: {error}')
        return web.json_response({"now": now.isoformat()})


@contextmanager
def movable_clock() -> Iterator[MovableClock]:
    """This process's clock, which can be moved until the block ends, and is right again then."""
    import time_machine  # a host whose clock stands fast does without

    with time_machine.travel(timedelta()) as traveller:
        yield MovableClock(traveller)
