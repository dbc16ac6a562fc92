"""From all claims on a package to its sheet."""

from collections.abc import Iterable, Iterator, Sequence

from core.advisories.claims import Claim
from core.advisories.layout import Entry, Sheet, Special
from core.advisories.ranges import (
    Contradictory,
    Incomparable,
    Line,
    Toggles,
    bound_of,
    contains,
    evaluate,
    fixes,
    union,
)
from core.advisories.sources import Reason, Refusal
from core.advisories.versions import Scheme, Unparsable

_MODULE = (".module_el", ".module+")
"""In the release of an RPM that was built for a module: AlmaLinux's way, and all others'."""


def compile_sheet(
    name: str, scheme: Scheme, claimed: Sequence[tuple[int, Claim]], refusals: list[Refusal]
) -> Sheet:
    """The sheet of the package `name`, from numbered claims. Adds what is refused to `refusals`."""
    line = Line(scheme, (version for _, claim in claimed for version in _versions(claim)))
    entries = [_entry(number, name, claim, line, refusals) for number, claim in claimed]
    return _compact(line.bounds, [entry for entry in entries if _says_something(entry)])


def _modular(fixed: Sequence[str]) -> bool | None:
    builds = {is_modular(version) for version in fixed}
    return None if len(builds) > 1 else True in builds


def is_modular(version: str) -> bool:
    """Whether an RPM of this version was built for a module of its distribution."""
    return any(mark in version for mark in _MODULE)


def _versions(claim: Claim) -> Iterator[str]:
    """Every version that a claim names."""
    yield from claim.versions
    for events in claim.ranges:
        for event in events:
            for version in (event.introduced, event.fixed, event.last_affected, event.limit):
                if version is not None:
                    yield version


def _entry(number: int, name: str, claim: Claim, line: Line, refusals: list[Refusal]) -> Entry:
    sets, unclear = _ranges(claim, line, refusals)
    points, exact = _enumerated(claim, line, union(sets), refusals)
    toggles = union([*sets, *points])
    fixed = [e.fixed for events in claim.ranges for e in events if e.fixed is not None]
    places = (line.place(version) for version in fixed)
    modular = _modular(fixed)
    special = Special(
        name=claim.name if claim.name != name else None,
        exact=tuple(exact),
        unclear=unclear,
        vectors=claim.vectors,
        words=claim.words,
        status=claim.status,
        modular=modular,
        stream=claim.stream if modular else None,
    )
    return Entry(
        advisory=number,
        toggles=toggles,
        fixes=fixes(toggles, (at for at in places if not isinstance(at, Unparsable))),
        special=special if special != _NOTHING_SPECIAL else None,
    )


_NOTHING_SPECIAL = Special()


def _ranges(claim: Claim, line: Line, refusals: list[Refusal]) -> tuple[list[Toggles], str | None]:
    """What each range affects, and why some could not be evaluated."""
    sets: list[Toggles] = []
    unclear: str | None = None
    for events in claim.ranges:
        try:
            sets.append(evaluate(events, line))
        except (Contradictory, Incomparable) as error:
            known = isinstance(error, Contradictory)
            reason = Reason.CONTRADICTORY if known else Reason.UNPARSABLE
            unclear = f"{reason}: {error}"
            refusals.append(Refusal(where=claim.record, reason=reason, detail=str(error)))
    return sets, unclear


def _enumerated(
    claim: Claim, line: Line, covered: Toggles, refusals: list[Refusal]
) -> tuple[list[Toggles], list[str]]:
    """The enumerated versions that no range covers, and those that cannot be ordered."""
    points: set[int] = set()
    exact: set[str] = set()
    for version in claim.versions:
        place = line.place(version)
        if isinstance(place, Unparsable):
            exact.add(version)
        elif not contains(covered, place):
            points.add(place)
    if exact:
        detail = f"{len(exact)} enumerated, such as {min(exact)!r}"
        refusals.append(Refusal(where=claim.record, reason=Reason.UNPARSABLE, detail=detail))
    return [[point, point + 1] for point in sorted(points)], sorted(exact)


def _says_something(entry: Entry) -> bool:
    special = entry.special
    return bool(entry.toggles or (special and (special.exact or special.unclear)))


def _compact(bounds: list[str], entries: list[Entry]) -> Sheet:
    """The same, without the bounds at which nothing changes."""
    used = sorted({bound for entry in entries for bound in _used(entry)})
    moved = {bound: 2 * (index - bound) for index, bound in enumerate(used)}

    def move(places: Iterable[int]) -> list[int]:
        return [place + moved[bound_of(place)] if place else 0 for place in places]

    return Sheet(
        bounds=[bounds[bound] for bound in used],
        entries=[
            Entry(entry.advisory, move(entry.toggles), move(entry.fixes), entry.special)
            for entry in entries
        ],
    )


def _used(entry: Entry) -> Iterator[int]:
    return (bound_of(place) for place in (*entry.toggles, *entry.fixes) if place)
