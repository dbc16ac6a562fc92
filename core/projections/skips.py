"""Which events were given up: asked of the log itself, and only when one cannot be applied."""

from core.domain.ids import upkeep_stream
from core.domain.upkeep import UPKEEP, Upkeep, place_of
from core.log.handle import current
from core.log.interface import EventLog


class LoggedSkips:
    """The events that administrators have given up; see `Skips` in `parking.py`."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def skipped(self, follower: str, shard: int, position: int) -> bool:
        upkeep: Upkeep = await current(self._log, UPKEEP, upkeep_stream(follower))
        return place_of(shard, position) in upkeep.skipped
