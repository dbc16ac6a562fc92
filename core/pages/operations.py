"""Operations: whether anything stands still, and what is being made anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.pages.shapes import Advisories, Follower, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsPage:
    """What the page shows."""

    work: Work
    followers: tuple[Follower, ...]
    """Those with trouble first."""
    advisories: Advisories
    refused: Mapping[str, int]
    """What this process refused, by why."""
    manages: bool
    """Whether views may be seen at all."""

    @property
    def troubled(self) -> tuple[Follower, ...]:
        """Followers that stand still somewhere, or put events aside."""
        return tuple(one for one in self.followers if one.halted or one.parked)

    @property
    def running(self) -> bool:
        """Whether something is being made anew, so that the page is worth another look soon."""
        return any(one.rebuild and one.rebuild.phase != "done" for one in self.followers)


def operations_of(
    work: Work,
    followers: Sequence[Follower],
    advisories: Advisories,
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
