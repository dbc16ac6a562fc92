"""Which versions a record affects: the evaluation of the OSV specification, on integers.

All versions that a package's records name are its *bounds*. Sorted, they cut the line of versions
into places: `2i + 1` is the i-th bound itself, `2i` what lies between it and the one before, so
`0` is before every bound. A set of versions is then a list of *toggles*, the places at which it
begins and ends by turns, and a record's ranges are evaluated once, when it is compiled. Matching a
package costs one binary search among its bounds, however many records name it.

Source: the OSV schema 1.7, section "Evaluation". Events are sorted by version, and those of one
version keep the record's order; the last event that has come to pass decides. `introduced: "0"` is
before all versions, a version must be below one of the limits where there are any, and
`last_affected` still is affected.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from core.advisories.osv import Event
from core.advisories.versions import Key, Scheme, Unparsable, parse

type Toggles = list[int]
"""Ascending places where a set of versions begins and ends by turns; the last may stay open."""

_ORIGIN = "0"
"""`introduced` at this version means: from the very first."""

_BEFORE_ALL = -1

_INFINITY = "*"
"""A limit that contains this limits nothing."""


class Contradictory(ValueError):
    """Events that say nothing sensible: none introduces, or one ends what never began."""


class Incomparable(ValueError):
    """An event at a version that its ecosystem cannot order."""


class Line:
    """A package's bounds, in the order of their versions."""

    def __init__(self, scheme: Scheme, versions: Iterable[str]) -> None:
        """Sort `versions`; those that cannot be ordered have no place."""
        self.bounds: list[str] = []
        """One version for each bound: of equal ones, the first in the order of their letters."""
        self._places: dict[str, int | Unparsable] = {}
        keyed: list[tuple[Key, str]] = []
        for version in set(versions):
            key = parse(scheme, version)
            if isinstance(key, Unparsable):
                self._places[version] = key
            else:
                keyed.append((key, version))
        last: Key | None = None
        for key, version in sorted(keyed):
            if key != last:
                self.bounds.append(version)
                last = key
            self._places[version] = 2 * len(self.bounds) - 1

    def place(self, version: str) -> int | Unparsable:
        """Where one of the versions stands."""
        return self._places[version]


def bound_of(toggle: int) -> int:
    """The bound at which, or right after which, a toggle lies. There is none for toggle 0."""
    return (toggle - 1) // 2


def contains(toggles: Toggles, place: int) -> bool:
    """Whether a place is within the set."""
    return bisect_right(toggles, place) % 2 == 1


def evaluate(events: Iterable[Event], line: Line) -> Toggles:
    """The versions that one range affects.

    Raises `Contradictory` or `Incomparable` where that cannot be said.
    """
    steps, limit = _steps(events, line)
    if not steps or not any(begins for _, begins, _ in steps):
        raise Contradictory("no event introduces it")
    steps.sort(key=lambda step: step[0])
    if not steps[0][1]:
        raise Contradictory("an event ends it before any introduces it")
    toggles = _toggles(steps)
    return toggles if limit is None else _clipped(toggles, limit)


type _Step = tuple[int, bool, int]
"""The event's version, whether it begins what is affected, and the first place that it decides."""


def _steps(events: Iterable[Event], line: Line) -> tuple[list[_Step], int | None]:
    """Everything that the events say, and the highest limit if there is one."""
    steps: list[_Step] = []
    limits: list[int | None] = []
    for event in events:
        if event.introduced == _ORIGIN:
            steps.append((_BEFORE_ALL, True, 0))
        elif event.introduced is not None:
            at = _place(event.introduced, line)
            steps.append((at, True, at))
        if event.fixed is not None:
            at = _place(event.fixed, line)
            steps.append((at, False, at))
        if event.last_affected is not None:
            at = _place(event.last_affected, line)
            steps.append((at, False, at + 1))
        if event.limit is not None:
            limits.append(None if _INFINITY in event.limit else _place(event.limit, line))
    unlimited = not limits or None in limits
    return steps, None if unlimited else max(limit for limit in limits if limit is not None)


def _place(version: str, line: Line) -> int:
    at = line.place(version)
    if isinstance(at, Unparsable):
        raise Incomparable(f"{version!r}: {at.why}")
    return at


def _toggles(steps: list[_Step]) -> Toggles:
    """Walk through the places; of the steps that were reached, the last in order decides."""
    reached = sorted((first, order) for order, (_, _, first) in enumerate(steps))
    toggles: Toggles = []
    latest = -1
    affected = False
    for index, (first, order) in enumerate(reached):
        latest = max(latest, order)
        more_here = index + 1 < len(reached) and reached[index + 1][0] == first
        if not more_here and steps[latest][1] != affected:
            affected = not affected
            toggles.append(first)
    return toggles


def _clipped(toggles: Toggles, limit: int) -> Toggles:
    """Only what lies below the limit."""
    below = toggles[: bisect_left(toggles, limit)]
    return [*below, limit] if len(below) % 2 else below


def union(sets: Iterable[Toggles]) -> Toggles:
    """The versions that are in any of the sets."""
    sets = list(sets)
    if len(sets) == 1:
        return sets[0]
    changes: dict[int, int] = {}
    for toggles in sets:
        for index, toggle in enumerate(toggles):
            changes[toggle] = changes.get(toggle, 0) + (-1 if index % 2 else 1)
    merged: Toggles = []
    depth = 0
    for toggle in sorted(changes):
        before, depth = depth, depth + changes[toggle]
        if (before == 0) != (depth == 0):
            merged.append(toggle)
    return merged


def fixes(toggles: Toggles, fixed: Iterable[int]) -> list[int]:
    """The places of `fixed` events that are the least way out of some affected version."""
    ways_out = sorted(place for place in set(fixed) if not contains(toggles, place))
    least: list[int] = []
    for end in toggles[1::2]:
        index = bisect_left(ways_out, end)
        if index < len(ways_out) and ways_out[index] not in least[-1:]:
            least.append(ways_out[index])
    return least


def fix_for(toggles: Toggles, ways_out: Sequence[int], place: int) -> int | None:
    """The least place of a fix for an affected place, or `None` where none is known."""
    end = bisect_right(toggles, place)
    if end == len(toggles):
        return None
    index = bisect_left(ways_out, toggles[end])
    return ways_out[index] if index < len(ways_out) else None
