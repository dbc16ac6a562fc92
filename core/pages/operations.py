"""Operations: whether anything stands still, and what is being made anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.answers.operations import (
    AdvisoriesInForce,
    FollowerStanding,
    OperationsStanding,
    RebuildStanding,
)
from core.rebuilding.state import Phase

OVER = {Phase.DONE, Phase.CANCELLED}
"""Phases of a rebuild after which nothing follows."""
UNREAD = {Phase.FOLDING, Phase.COMPARING}
"""Phases in which the old table is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsPage:
    """What the page shows."""

    work: OperationsStanding
    followers: tuple[FollowerStanding, ...]
    """Those with trouble first."""
    advisories: AdvisoriesInForce
    refused: Mapping[str, int]
    """What this process refused, by why."""
    manages: bool
    """Whether views may be seen at all."""

    @property
    def troubled(self) -> tuple[FollowerStanding, ...]:
        """Followers that stand still somewhere, or put events aside."""
        return tuple(one for one in self.followers if one.halted or one.parked)

    @property
    def given_up(self) -> tuple[tuple[str, int], ...]:
        """What failed for good, by where it came from."""
        dead = self.work.dead_letters
        notices = (("notices that the topic refused", dead.notices),) if dead.notices else ()
        return (*sorted(dead.queues.items()), *notices)

    def under_way(self, one: FollowerStanding) -> bool:
        """Whether the follower is being made anew."""
        return isinstance(one.rebuild, RebuildStanding) and one.rebuild.phase not in OVER

    def can_be_called_off(self, one: FollowerStanding) -> bool:
        """Whether its rebuild has not come so far that the new table is read already."""
        return isinstance(one.rebuild, RebuildStanding) and one.rebuild.phase in UNREAD


def operations_of(
    work: OperationsStanding,
    followers: Sequence[FollowerStanding],
    advisories: AdvisoriesInForce,
    refused: Mapping[str, int],
    *,
    manages: bool,
) -> OperationsPage:
    """What the page shows."""
    ordered = sorted(
        followers, key=lambda one: (not (one.halted or one.parked), -one.lag, one.kind, one.name)
    )
    return OperationsPage(
        work=work,
        followers=tuple(ordered),
        advisories=advisories,
        refused=dict(sorted(refused.items())),
        manages=manages,
    )
