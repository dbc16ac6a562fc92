"""Claims of records that describe one vulnerability, merged into what a finding says of it.

Databases describe one vulnerability in several records, and say so in different ways. Two records
are of one vulnerability if one names the other as its alias, or if both are about the same single
CVE: a distribution's record names that in `upstream` (or in `related`), because its own id stands
for its own fix. A record that names several CVEs is about none of them alone, and keeps its id.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.advisories.layout import Advisory, Vector, Word
from core.advisories.ranges import bound_of, fix_for, fixes, union
from core.advisories.severity import choose
from core.advisories.verdicts import Hit
from core.advisories.versions import highest
from core.domain.findings import Cvss, SourceSeverity
from core.domain.values import Severity

MAX_REFERENCES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """All of a finding that does not depend on the component it was found in."""

    id: str
    aliases: tuple[str, ...]
    advisories: tuple[str, ...]
    ecosystem: str
    package: str
    version: str
    fixed: str | None
    severity: Severity
    severity_source: str
    severities: tuple[SourceSeverity, ...]
    cvss: tuple[Cvss, ...]
    summary: str
    references: tuple[str, ...]
    published: str | None
    modified: str | None
    status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A claim that holds, with the advisory that makes it."""

    hit: Hit
    advisory: Advisory


def merge(found: Iterable[Found], *, vendor: bool) -> tuple[Merged, ...]:
    """One `Merged` for each vulnerability, in the order of their records' ids.

    `vendor` says that a distribution's package is concerned.
    """
    owner: dict[str, _Group] = {}
    for each in found:
        names = _identity(each.advisory, vendor=vendor)
        joined = {id(owner[name]): owner[name] for name in names if name in owner}
        group = _Group(names=names, members=[each])
        for other in joined.values():
            group.names |= other.names
            group.members += other.members
        owner.update(dict.fromkeys(group.names, group))
    groups = {id(group): group for group in owner.values()}.values()
    merged = [_merged(group, vendor=vendor) for group in groups]
    return tuple(sorted(merged, key=lambda each: each.advisories))


@dataclass(slots=True)
class _Group:
    """Claims that were found to be about one vulnerability."""

    names: set[str]
    members: list[Found]


def _identity(advisory: Advisory, *, vendor: bool) -> set[str]:
    """The names of the vulnerability that a record is about."""
    names = {advisory.id, *advisory.aliases}
    cves = set(_cves((*names, *advisory.upstream)))
    if not cves and vendor:
        cves = set(_cves(advisory.related))
    return names | cves if len(cves) == 1 else names


def _merged(group: _Group, *, vendor: bool) -> Merged:
    members = sorted(group.members, key=lambda each: each.advisory.id)
    first = members[0].hit
    special = first.entry.special
    words = tuple(dict.fromkeys(word for each in members for word in _words(each)))
    vectors = tuple(dict.fromkeys(vector for each in members for vector in _vectors(each)))
    severity, source = choose(words, vectors, vendor=vendor)
    advisories = [each.advisory for each in members]
    aliases = tuple(sorted({name for each in advisories for name in _named(each)}))
    return Merged(
        id=preferred(group.names, (each.id for each in advisories)),
        aliases=aliases,
        advisories=tuple(sorted(each.id for each in advisories)),
        ecosystem=first.at.ecosystem,
        package=(special.name if special is not None else None) or first.at.name,
        version=first.at.version,
        fixed=_fixed([each.hit for each in members]),
        severity=severity,
        severity_source=source,
        severities=tuple(_said(words, vectors)),
        cvss=tuple(Cvss(version=v.version, vector=v.vector, score=v.score) for v in vectors),
        summary=next((each.summary for each in advisories if each.summary), ""),
        references=tuple(dict.fromkeys(url for each in advisories for url in each.references))[
            :MAX_REFERENCES
        ],
        published=min((each.published for each in advisories if each.published), default=None),
        modified=max((each.modified for each in advisories if each.modified), default=None),
        status=next(filter(None, map(_status, members)), None),
    )


def preferred(names: Iterable[str], otherwise: Iterable[str]) -> str:
    """What a vulnerability goes by: its least CVE, else its least GHSA, else the least other id."""
    names = set(names)
    for prefix in ("CVE-", "GHSA-"):
        fitting = [name for name in names if name.startswith(prefix)]
        if fitting:
            return min(fitting)
    return min(otherwise)


def _named(advisory: Advisory) -> Iterator[str]:
    yield advisory.id
    yield from advisory.aliases
    yield from advisory.upstream
    yield from advisory.related


def _cves(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name.startswith("CVE-"))


def _words(found: Found) -> tuple[Word, ...]:
    special = found.hit.entry.special
    return found.advisory.words + (special.words if special is not None else ())


def _vectors(found: Found) -> tuple[Vector, ...]:
    """The vectors for this package, where the record has such, else those of the record."""
    special = found.hit.entry.special
    return (special.vectors if special is not None else ()) or found.advisory.vectors


def _status(found: Found) -> str | None:
    special = found.hit.entry.special
    return (special.status if special is not None else None) or found.advisory.status


def _said(words: Iterable[Word], vectors: Iterable[Vector]) -> Iterator[SourceSeverity]:
    for word in words:
        yield SourceSeverity(source=word.source, value=word.value)
    for vector in vectors:
        yield SourceSeverity(source=f"CVSS v{vector.version}", value=str(vector.score))


def _fixed(hits: Sequence[Hit]) -> str | None:
    """The least version that resolves all of them for which a fix is known, or `None`."""
    fixable = [hit for hit in hits if hit.fixed is not None]
    if len(fixable) < 2:
        return fixable[0].fixed if fixable else None
    return _common_fix(fixable) or highest(
        fixable[0].at.ecosystem, (hit.fixed for hit in fixable if hit.fixed is not None)
    )


def _common_fix(hits: Sequence[Hit]) -> str | None:
    """The least fix that none of the claims affects, where they are in one sheet."""
    first = hits[0]
    if first.place is None or any(hit.at != first.at for hit in hits):
        return None
    toggles = union(hit.entry.toggles for hit in hits)
    ways_out = fixes(toggles, (place for hit in hits for place in hit.entry.fixes))
    fix = fix_for(toggles, ways_out, first.place)
    return None if fix is None else first.bounds[bound_of(fix)]
