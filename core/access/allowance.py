"""How often somebody may ask: a token bucket for each caller, in this process.

An instance guards itself, so nothing is shared between instances: each gives every caller the same
allowance. The libraries made for this keep counters in a store, or start threads; a bucket is two
numbers.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_CALLERS = 10_000
"""Callers that are remembered; the one who has not asked for longest is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    """What is left of somebody's allowance."""

    left: float
    at: float


class Allowance:
    """So many requests a minute for everybody, which may come all at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, who: str) -> int | None:
        """Take one request off somebody's allowance: `None` when there was one to take, else the
        seconds after which there will be."""
        now = self._clock()
        bucket = self._buckets.setdefault(who, _Bucket(left=self._most, at=now))
        self._buckets.move_to_end(who)
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * self._most / 60)
        bucket.at = now
        if bucket.left < 1:
            return math.ceil((1 - bucket.left) * 60 / self._most)
        bucket.left -= 1
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return None
