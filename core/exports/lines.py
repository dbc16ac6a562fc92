"""CSV and JSON Lines: a line for each finding, so that pages behind each other are one document."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from core.answers.findings import FullPlace
from core.exports.interface import Assessed, Export, Form, Inspected
from core.exports.text import address
from core.plain import plain
from core.query.documents import harmless
from core.query.shapes import Json, finding_of

COLUMNS = (
    "registry",
    "repository",
    "digest",
    "platform",
    "id",
    "severity",
    "package",
    "component",
    "version",
    "fixed",
    "ecosystem",
    "purl",
    "cvss",
    "epss",
    "exploited",
    "disabledBy",
    "published",
    "summary",
)


def write_csv(export: Export) -> bytes:
    """The sheet, RFC 4180; headings stand on its first page only."""
    out = io.StringIO()
    writer = csv.writer(out)
    if export.first:
        writer.writerow(COLUMNS)
    writer.writerows(
        [harmless(plain(cell)) for cell in _row(inspected, assessed)]
        for inspected, assessed in _pairs(export)
    )
    return out.getvalue().encode()


def write_json(export: Export) -> bytes:
    """The lines, each a JSON object."""
    return b"".join(_line(*pair) + b"\n" for pair in _pairs(export))


def _pairs(export: Export) -> Iterator[tuple[Inspected, Assessed]]:
    for inspected in export.images:
        for assessed in inspected.findings:
            yield inspected, assessed


def _row(inspected: Inspected, assessed: Assessed) -> tuple[str, ...]:
    image, finding, known = inspected.image, assessed.finding, assessed.known
    return (
        image.registry,
        image.repository,
        image.digest,
        inspected.platform or "",
        finding.id,
        finding.severity.value,
        finding.package,
        finding.component,
        finding.version,
        finding.fixed or "",
        finding.ecosystem,
        finding.purl,
        " ".join(f"{one.score:.1f}" for one in finding.cvss),
        "" if known.epss is None else str(known.epss),
        (known.added or "yes") if known.known_exploited else "",
        assessed.rule or "",
        finding.published or "",
        finding.summary,
    )


def _line(inspected: Inspected, assessed: Assessed) -> bytes:
    image, finding = inspected.image, assessed.finding
    shown = finding_of(
        replace(finding, references=tuple(filter(None, map(address, finding.references)))),
        assessed.rule,
        assessed.known,
        FullPlace(
            registry=image.registry,
            repository=image.repository,
            digest=image.digest,
            platform=inspected.platform,
            tags=tuple(inspected.tags),
        ),
    )
    line = msgspec.json.encode(shown)
    if b"\\" not in line and line.decode().isprintable():
        return line  # nothing had to be escaped, so every text in it is printable
    return msgspec.json.encode(_clean(msgspec.to_builtins(shown)))


def _clean(value: Json | tuple[Json, ...]) -> Json:
    """The same with every text on one printable line."""
    match value:
        case str():
            return plain(value)
        case list() | tuple():
            return [_clean(one) for one in value]
        case dict():
            return {name: _clean(one) for name, one in value.items()}
        case _:
            return value


CSV = Form(
    name="csv",
    media_type="text/csv",
    extension="csv",
    write=write_csv,
)
JSON_LINES = Form(
    name="jsonl", media_type="application/x-ndjson", extension="jsonl", write=write_json
)
