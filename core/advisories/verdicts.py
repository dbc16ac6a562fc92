"""Whether a record's claim holds for a version of a package."""

from bisect import bisect_left
from dataclasses import dataclass

from core.advisories.database import Advisories
from core.advisories.layout import Entry, Sheet
from core.advisories.packages import Coordinate
from core.advisories.ranges import bound_of, contains, fix_for
from core.advisories.sheets import is_modular
from core.advisories.versions import Key, Unparsable, parse, scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A claim that holds."""

    advisory: int
    """Number of the advisory."""
    at: Coordinate
    """Where it was found."""
    entry: Entry
    """The claim."""
    place: int | None
    """Where the version stands among the bounds, unless it cannot be compared."""
    bounds: list[str]
    """The bounds of the sheet that the claim is in."""
    fixed: str | None
    """The least version that resolves it, where one is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the advisories say of one version of a package."""

    hits: tuple[Hit, ...]
    """The claims that hold, one for each advisory."""
    undecided: tuple[str, ...]
    """Why some claims could not be decided, in words."""


def verdict(
    advisories: Advisories, looked_up: tuple[Coordinate, ...], stream: str | None
) -> Verdict:
    """The verdict on a package that has these coordinates, and comes from this module stream."""
    hits: list[Hit] = []
    undecided: dict[str, None] = {}
    seen: set[int] = set()
    for at in looked_up:
        if at.ecosystem not in advisories.ecosystems:
            continue
        sheet = advisories.sheet(at.ecosystem, at.name)
        if sheet is None:
            continue
        hits += _hits(sheet, at, stream, seen, undecided)
        seen.update(entry.advisory for entry in sheet.entries)
    return Verdict(hits=tuple(hits), undecided=tuple(undecided))


def _hits(
    sheet: Sheet, at: Coordinate, stream: str | None, seen: set[int], undecided: dict[str, None]
) -> list[Hit]:
    """The claims of one sheet that hold, but for the advisories that were seen before."""
    place = _place(sheet, at)
    modular = stream is not None or is_modular(at.version)
    hits: list[Hit] = []
    for entry in sheet.entries:
        if entry.advisory in seen or not _same_module(entry, stream, modular=modular):
            continue
        if _named_exactly(entry, at.version) or _holds(entry, place):
            hits.append(_hit(sheet, at, entry, place))
        elif isinstance(place, Unparsable):
            undecided[f"{at.name} {place.version!r} cannot be compared: {place.why}"] = None
        elif entry.special is not None and entry.special.unclear is not None:
            undecided[f"{at.name} {at.version!r}: {entry.special.unclear}"] = None
    return hits


def _place(sheet: Sheet, at: Coordinate) -> int | Unparsable:
    """Where the version stands among the sheet's bounds, of which few are parsed to find out."""
    order = scheme(at.ecosystem)
    key = parse(order, at.version)
    if isinstance(key, Unparsable):
        return key
    bounds = sheet.bounds

    def key_of(bound: str) -> Key:
        parsed = parse(order, bound)
        if isinstance(parsed, Unparsable):  # the compiler left none in
            raise TypeError(f"the bound {bound!r} cannot be compared: {parsed.why}")
        return parsed

    index = bisect_left(bounds, key, key=key_of)
    return 2 * index + (index < len(bounds) and key_of(bounds[index]) == key)


def _holds(entry: Entry, place: int | Unparsable) -> bool:
    """Whether the version is affected; one that cannot be compared is where every version is."""
    if isinstance(place, Unparsable):
        return entry.toggles == [0]
    return contains(entry.toggles, place)


def _named_exactly(entry: Entry, version: str) -> bool:
    return entry.special is not None and version in entry.special.exact


def _hit(sheet: Sheet, at: Coordinate, entry: Entry, place: int | Unparsable) -> Hit:
    known = None if isinstance(place, Unparsable) else place
    fix = None if known is None else fix_for(entry.toggles, entry.fixes, known)
    return Hit(
        advisory=entry.advisory,
        at=at,
        entry=entry,
        place=known,
        bounds=sheet.bounds,
        fixed=None if fix is None else sheet.bounds[bound_of(fix)],
    )


def _same_module(entry: Entry, stream: str | None, *, modular: bool) -> bool:
    """Whether package and claim are both of a distribution's module, and of one stream if known.

    A module's packages are built beside the ones of the same names outside of it, and of other
    streams; a fix of one says nothing of the others.
    """
    special = entry.special
    claimed = special.modular if special is not None else False
    if claimed is not None and claimed != modular:
        return not claimed and not entry.fixes
    claimed_stream = special.stream if special is not None else None
    return stream is None or claimed_stream is None or stream == claimed_stream
