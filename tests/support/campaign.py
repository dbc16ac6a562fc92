"""How far a test goes: a sample with every run of the tests, everything in the long campaign.

`make test-faults` asks for the campaign, and prints at its end what each test says that it tried.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Campaign:
    """What this run is to try."""

    long: bool
    _say: Callable[[str, object], None]

    def tried(self, what: str) -> None:
        """Say what was tried and survived; the last lines of the run repeat it."""
        self._say(SURVIVED, what)

    def pick[T](self, everything: T, sample: T) -> T:
        """The first in the long campaign, else the second."""
        return everything if self.long else sample


SURVIVED = "survived"
"""The property of a test's report under which its words travel, also between processes."""
