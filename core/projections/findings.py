"""The findings across images: by CVE and by package, beside the shard of their image.

An image's own findings are served from the blob that its row names, always whole. This index tells
which images have a vulnerability, or a package that has one:

- `c|<id>|<stream>|<finding>`: a finding under one of its CVE ids, or under its only name;
- `p|<package>|<stream>|<finding>`: the same under a package's name;
- `m|<stream>`: the blob that the image's rows show now, so that the next one's difference is known.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.projections.cells import number, text
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cell, Cells

type Finding = Mapping[str, object]
"""A finding as the blob has it; `core/domain/findings.py` names its fields."""

SHOWN = ("id", "package", "component", "version", "fixed", "severity", "purl", "ecosystem")
"""The fields of a finding that its index rows carry."""


class Findings:
    """The projection; see `core/projections/interface.py`."""

    name = "findings"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        concerned = isinstance(recorded.event, (e.ImagePushed, e.ScanCompleted, e.ImageDeleted))
        return (manifest_key(recorded.stream),) if concerned else ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        shown = _shown(rows.get(manifest_key(recorded.stream), {}))
        match recorded.event:
            case e.ScanCompleted(findings=findings):
                wanted = [one for one in (shown, findings) if one is not None]
                return Needs(artifacts=tuple(dict.fromkeys(wanted)))
            case e.ImageDeleted() if shown is not None:
                return Needs(artifacts=(shown,))
            case _:
                return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        key = manifest_key(recorded.stream)
        row = rows.get(key, {})
        match recorded.event:
            case e.ImagePushed(image=image):
                name = f"{image.registry}|{image.repository}|{image.digest}"
                return (Set(key, {**row, "image": name}),)
            case e.ScanCompleted(findings=findings) if row:
                before, after = (
                    _rows(row, recorded, _shown(row), artifacts),
                    _rows(row, recorded, findings, artifacts),
                )
                changes = _difference(before, after)
                manifest: Cells = {
                    "findings_sha256": findings.sha256,
                    "findings_size": findings.size,
                }
                return *changes, Set(key, {**row, **manifest})
            case e.ImageDeleted() if row:
                before = _rows(row, recorded, _shown(row), artifacts)
                return *_difference(before, {}), Drop(key)
            case _:
                return ()


def manifest_key(stream: StreamId) -> str:
    """Row key of what the index shows of an image."""
    return f"m|{stream}"


def index_key(kind: str, name: str) -> str:
    """What the rows under that name begin with. `kind` is `c` (CVE) or `p` (package).

    Names are hostile, long, or hold what storage keys forbid: those are hashed.
    """
    plain = len(name) <= 100 and all(one.isalnum() or one in "-._:@+" for one in name)
    safe = name if plain and name.isascii() else f"~{hashlib.sha256(name.encode()).hexdigest()}"
    return f"{kind}|{safe}|"


def stream_of(key: str) -> StreamId:
    """The image whose finding the row of that key shows."""
    return StreamId(key.split("|")[2])


def _shown(row: Cells) -> Artifact | None:
    if "findings_sha256" not in row:
        return None
    return Artifact(sha256=text(row, "findings_sha256"), size=number(row, "findings_size"))


def _rows(
    manifest: Cells,
    recorded: Recorded,
    findings: Artifact | None,
    artifacts: Mapping[str, bytes],
) -> dict[str, Cells]:
    """The index rows of an image with those findings."""
    if findings is None:
        return {}
    registry, repository, digest = text(manifest, "image").split("|")
    image: Cells = {"registry": registry, "repository": repository, "digest": digest}
    rows: dict[str, Cells] = {}
    for finding in json.loads(artifacts[findings.sha256]):
        cells = {**image, **_cells(finding)}
        for prefix in _prefixes(finding):
            rows[f"{prefix}{recorded.stream}|{_name(cells)}"] = cells
    return rows


def _difference(before: Mapping[str, Cells], after: Mapping[str, Cells]) -> list[Change]:
    """Only what changed is written: a rescan that finds the same writes no row."""
    gone: list[Change] = [Drop(key) for key in before if key not in after]
    news = [Set(key, cells) for key, cells in after.items() if before.get(key) != cells]
    return gone + news


def _prefixes(finding: Finding) -> set[str]:
    aliases = finding["aliases"]
    names = [str(one) for one in aliases] if isinstance(aliases, list) else []
    cves = {name for name in names if name.startswith("CVE-")} | {str(finding["id"])}
    packages = {str(finding["package"]), str(finding["component"])}
    return {index_key("c", name) for name in cves} | {index_key("p", name) for name in packages}


def _name(cells: Cells) -> str:
    """Tells an image's findings apart: by all that their rows show."""
    shown = json.dumps([cells.get(name) for name in SHOWN])
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def _cells(finding: Finding) -> dict[str, Cell]:
    shown = {name: finding.get(name) for name in SHOWN}
    return {name: str(value)[:2000] for name, value in shown.items() if value is not None}
