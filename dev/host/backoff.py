"""How long to leave an empty queue alone."""

import random
from dataclasses import dataclass
from datetime import timedelta

from dev.host.config import MINIMUM_POLL

_SPREAD = 0.2
"""Pauses differ by as much as this share, so that many hosts do not poll in step."""


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Pauses that double from the shortest to the longest while nothing is found.

    As in Azure: after a message the next pause is the shortest again.
    """

    longest: timedelta
    shortest: timedelta = MINIMUM_POLL
    _empty_looks: int = 0

    def pause(self, *, found: bool) -> timedelta:
        """The next pause; `found` says whether there was a message since the last one."""
        if found:
            self._empty_looks = 0
        spread = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - not for secrets
        doublings = min(self._empty_looks, 32)
        added = self.shortest * (2 ** (doublings - 1)) * spread if doublings else timedelta(0)
        self._empty_looks += 1
        return min(self.shortest + added, self.longest)
