"""From a record to what is stored of it: the advisory itself, and its claims on packages."""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from core.advisories import ecosystems, osv, versions
from core.advisories.layout import Advisory, Vector, Word
from core.advisories.severity import vector
from core.advisories.sources import Reason, Refusal

MAX_REFERENCES = 20
MAX_SUMMARY = 300
_MAX_NAME = 512
_MAX_NAMES = 1_000
_MAX_URL = 2_048

_RATING = re.compile(r"(Critical|Important|Moderate|Low): ")
"""How AlmaLinux, Rocky and Red Hat begin the title of a security advisory."""

_STREAM = re.compile(r"(?:^|[ ,])([A-Za-z][A-Za-z0-9_.+-]*:[A-Za-z0-9_.+-]+)(?= |,|$)")
"""How they name the module stream in it: `Important: nodejs:18 security update`."""

_NO_VULNERABILITY = {"BA": "bug-fix", "EA": "enhancement"}
"""`ALBA-…`, `RLEA-…`: advisories of these distributions that mend no vulnerability as such."""

_MALICIOUS = "MAL-"
"""Ids of packages that were published to do harm: all of their versions that are named."""

_ERRATUM = re.compile(r"(?:AL|RH|RL)(BA|EA)-.*")


class Claim(msgspec.Struct, array_like=True, frozen=True):
    """What one record says of one package, as it is kept until the package's turn comes."""

    record: str
    """The record's id."""
    name: str
    """The package's name as the record writes it."""
    ranges: tuple[tuple[osv.Event, ...], ...]
    """The events of each range of versions."""
    versions: tuple[str, ...]
    """The affected versions that are enumerated."""
    vectors: tuple[Vector, ...]
    """CVSS for this package alone."""
    words: tuple[Word, ...]
    """What else is said of the severity for this package alone."""
    status: str | None
    """The vendor's status for this package."""
    stream: str | None
    """The module stream that the record is about."""


def advisory(record: osv.Record, refusals: list[Refusal]) -> Advisory:
    """What is stored of the record itself. Adds what could not be read to `refusals`."""
    summary = record.summary or (record.details or "").strip().partition("\n")[0]
    return Advisory(
        id=record.id,
        aliases=_names(record.aliases),
        upstream=_names(record.upstream),
        related=_names(record.related),
        summary=summary[:MAX_SUMMARY],
        published=_date(record.published),
        modified=_date(record.modified),
        references=_addresses(record.references or ()),
        vectors=_vectors(record.id, record.severity or (), refusals),
        words=_words(record),
        status=_status(record),
    )


def claims(record: osv.Record, refusals: list[Refusal]) -> Iterator[tuple[str, str, Claim]]:
    """Ecosystem, package and claim, as they are looked up. Adds what is refused to `refusals`."""
    stream = _STREAM.search(record.summary or "")
    grouped: dict[tuple[str, str], list[osv.Affected]] = {}
    for affected in record.affected or ():
        refusal = _refused(affected)
        if refusal is not None:
            reason, detail = refusal
            refusals.append(Refusal(where=record.id, reason=reason, detail=detail))
        elif affected.package is not None:
            ecosystem = ecosystems.canonical(affected.package.ecosystem)
            name = ecosystems.name(ecosystem, affected.package.name)
            grouped.setdefault((ecosystem, name), []).append(affected)
    for (ecosystem, name), entries in grouped.items():
        yield ecosystem, name, _claim(record.id, entries, stream and stream[1], refusals)
    if not record.affected:
        refusals.append(Refusal(where=record.id, reason=Reason.NO_RANGES))


def _claim(
    record: str, entries: Sequence[osv.Affected], stream: str | None, refusals: list[Refusal]
) -> Claim:
    """All that a record says of one package, which it may list several times."""
    package = entries[0].package
    return Claim(
        record=record,
        name=package.name if package is not None else "",
        ranges=tuple(
            each.events for entry in entries for each in entry.ranges or () if each.type != "GIT"
        ),
        versions=tuple(version for entry in entries for version in entry.versions or ()),
        vectors=_vectors(record, (said for e in entries for said in e.severity or ()), refusals),
        words=tuple(word for entry in entries for word in _words_alone(record, entry)),
        status=next(filter(None, map(_status_alone, entries)), None),
        stream=stream,
    )


def _vectors(
    record: str, severity: Iterable[osv.Severity], refusals: list[Refusal]
) -> tuple[Vector, ...]:
    """The CVSS vectors among these severities, in their order."""
    found: dict[Vector, None] = {}
    for said in severity:
        if not said.type.startswith("CVSS"):
            continue
        scored = vector(said.score)
        if scored is None:
            refusals.append(Refusal(where=record, reason=Reason.BAD_VECTOR, detail=said.score[:80]))
        else:
            found[scored] = None
    return tuple(found)


def _words_alone(record: str, affected: osv.Affected) -> tuple[Word, ...]:
    """What is said of the severity for one package alone, other than by CVSS."""
    said = [
        text
        for specific in affected.specifics
        for field in ("severity", "urgency", "ubuntu_priority")
        if (text := specific.text(field)) is not None
    ]
    said += [each.score for each in affected.severity or () if not each.type.startswith("CVSS")]
    return tuple(Word(record, text[:40]) for text in dict.fromkeys(said))


def _status_alone(affected: osv.Affected) -> str | None:
    """The vendor's status for one package: what it calls it, in one spelling."""
    for specific in affected.specifics:
        if specific.text("urgency") in ("unimportant", "end-of-life"):
            return specific.text("urgency")
        if text := specific.text("informational") or specific.text("status"):
            return text[:40].lower().replace(" ", "-").replace("_", "-")
    return None


def _refused(affected: osv.Affected) -> tuple[Reason, str] | None:
    """Why an affected entry cannot be matched with anything, if it cannot."""
    package = affected.package
    if package is None or not _sound(package.name) or not package.ecosystem:
        only_commits = any(each.type == "GIT" for each in affected.ranges or ())
        return (Reason.ONLY_GIT if only_commits else Reason.UNKNOWN_ECOSYSTEM), "no package"
    if not versions.known(package.ecosystem):
        return Reason.UNKNOWN_ECOSYSTEM, package.ecosystem[:80]
    if affected.versions or any(each.type != "GIT" for each in affected.ranges or ()):
        return None
    return (Reason.ONLY_GIT if affected.ranges else Reason.NO_RANGES), package.name[:80]


def _words(record: osv.Record) -> tuple[Word, ...]:
    """What is said of the severity of the vulnerability as such, other than by CVSS."""
    said = [each.score for each in record.severity or () if not each.type.startswith("CVSS")]
    if word := record.specific.text("severity"):
        said.append(word)
    if rating := _RATING.match(record.summary or ""):
        said.append(rating[1])
    if status := _status(record):
        said.append(status)
    return tuple(Word(record.id, text[:40]) for text in dict.fromkeys(said))


def _status(record: osv.Record) -> str | None:
    """What the id itself says of it."""
    if record.id.startswith(_MALICIOUS):
        return "malicious"
    erratum = _ERRATUM.fullmatch(record.id)
    return _NO_VULNERABILITY[erratum[1]] if erratum else None


def _names(names: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(sorted({name for name in names or () if _sound(name)})[:_MAX_NAMES])


def _addresses(references: Iterable[osv.Reference]) -> tuple[str, ...]:
    urls = (each.url for each in references)
    sound = (
        url for url in urls if url.startswith(("https://", "http://")) and _sound(url, _MAX_URL)
    )
    return tuple(dict.fromkeys(sound))[:MAX_REFERENCES]


def _date(text: str | None) -> str | None:
    """A date, unless it is the zero of a program that had none."""
    return text if text and _sound(text, 40) and not text.startswith("0001-") else None


def _sound(name: str, length: int = _MAX_NAME) -> bool:
    return 0 < len(name) <= length and name.isprintable()
