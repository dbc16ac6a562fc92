"""Counts what was refused or dropped: never silently.

Each count is also a log line, and a number for whoever watches (`core/telemetry`). They live in the
process: what must last stands in the event log.
"""

import logging
from collections import Counter
from collections.abc import Mapping

from core.plain import plain
from core.telemetry.interface import Silence, Telemetry
from core.telemetry.metrics import REFUSED

logger = logging.getLogger(__name__)


class Counters:
    """Counts by name, since the process began."""

    def __init__(self, telemetry: Telemetry | None = None) -> None:
        self._telemetry = telemetry or Silence()
        self._counts: Counter[str] = Counter()

    def count(self, name: str, why: str) -> None:
        """One more of that kind. `why` is for the log: no secret. It is cut short, and shown on one
        line, for it may quote whoever was refused."""
        self._counts[name] += 1
        self._telemetry.tell(REFUSED, 1, name)
        logger.warning("%s: %s", name, plain(why[:500]))

    def read(self) -> Mapping[str, int]:
        """The counts so far, by name."""
        return dict(sorted(self._counts.items()))
