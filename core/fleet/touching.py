"""Which distinct packages a difference between two databases touches."""

from core.advisories.difference import Difference
from core.advisories.packages import Unmapped, coordinates
from core.fleet.distinct import decode
from core.fleet.verdicts import Verdicts


class Touching:
    """Tells packages whose verdict may be another now from those that keep theirs."""

    def __init__(
        self, difference: Difference, ecosystems: frozenset[str], verdicts: Verdicts
    ) -> None:
        """`ecosystems` are those of which one of the databases knows nothing at all: there,
        packages begin or cease to be covered. `verdicts` are the newer database's."""
        self._difference = difference
        self._ecosystems = ecosystems
        self._verdicts = verdicts
        self._known: dict[bytes, bool] = {}

    def touches(self, content: bytes) -> bool:
        """Whether the verdict on the package with that content may be another."""
        known = self._known.get(content)
        if known is None:
            known = self._known[content] = self._claimed(content) or self._reworded(content)
        return known

    def _claimed(self, content: bytes) -> bool:
        looked_up = coordinates(*decode(content))
        if isinstance(looked_up, Unmapped):
            return False
        return any(
            at.ecosystem in self._ecosystems or (at.ecosystem, at.name) in self._difference.packages
            for at in looked_up
        )

    def _reworded(self, content: bytes) -> bool:
        reworded = self._difference.reworded
        if not reworded:
            return False
        lines = self._verdicts.of(content).lines
        return any(not reworded.isdisjoint(line.advisories) for line in lines)
