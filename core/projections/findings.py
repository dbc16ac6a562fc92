"""The findings across images: by CVE and by package, beside the shard of their image.

An image's own findings are served from the blob that its row names, always whole. This index tells
which images have a vulnerability, or a package that has one:

- `c|<id>|<stream>|<finding>`: a finding under one of its CVE ids, or under its only name;
- `p|<package>|<stream>|<finding>`: the same under a package's name;
- `m|<stream>`: the blobs that the image's rows show now, so that a difference is known.

A finding that a rule disables has the rule's name in its row. Findings that look alike are one row,
which is disabled where all of them are.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.projections.cells import artifact, text
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cell, Cells

type Finding = Mapping[str, object]
"""A finding as the blob has it; `core/domain/findings.py` names its fields."""

SHOWN = ("id", "package", "component", "version", "fixed", "severity", "purl", "ecosystem")
"""The fields of a finding that its index rows carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found in an image, and which of it rules disable."""

    findings: Artifact
    exemptions: Artifact | None

    @property
    def blobs(self) -> tuple[Artifact, ...]:
        return (self.findings,) if self.exemptions is None else (self.findings, self.exemptions)

    @property
    def cells(self) -> Cells:
        """What is remembered of it."""
        return {
            "findings_sha256": self.findings.sha256,
            "findings_size": self.findings.size,
            "exemptions_sha256": self.exemptions.sha256 if self.exemptions else "",
            "exemptions_size": self.exemptions.size if self.exemptions else 0,
        }


class Findings:
    """The projection; see `core/projections/interface.py`."""

    name = "findings"
    version = 2

    def keys(self, recorded: Recorded) -> Iterable[str]:
        concerned = isinstance(
            recorded.event, (e.ImagePushed, e.ScanCompleted, e.RulesApplied, e.ImageDeleted)
        )
        return (manifest_key(recorded.stream),) if concerned else ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        before = judged_of(rows.get(manifest_key(recorded.stream), {}))
        after = _after(before, recorded.event)
        if after is None and not isinstance(recorded.event, e.ImageDeleted):
            return Needs()
        wanted = [blob for one in (before, after) if one is not None for blob in one.blobs]
        return Needs(artifacts=tuple(dict.fromkeys(wanted)))

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        key = manifest_key(recorded.stream)
        row = rows.get(key, {})
        if isinstance(recorded.event, e.ImagePushed):
            image = recorded.event.image
            name = f"{image.registry}|{image.repository}|{image.digest}"
            return (Set(key, {**row, "image": name}),)
        before = judged_of(row)
        after = _after(before, recorded.event)
        if not row or (after is None and not isinstance(recorded.event, e.ImageDeleted)):
            return ()
        place = _place(row)
        old = index_rows(recorded.stream, place, before, artifacts)
        changes = _difference(old, index_rows(recorded.stream, place, after, artifacts))
        return *changes, Drop(key) if after is None else Set(key, {**row, **after.cells})


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


def judged_of(row: Cells) -> Judged | None:
    """What a row names: that of an image as well as what this index remembers of one."""
    findings = artifact(row, "findings")
    if findings is None:
        return None
    return Judged(findings=findings, exemptions=artifact(row, "exemptions"))


def _after(before: Judged | None, event: e.Event) -> Judged | None:
    """What is to be shown after the event; `None` where it says nothing of that."""
    match event:
        case e.ScanCompleted(findings=findings, disabled=disabled):
            return Judged(findings=findings, exemptions=disabled.exemptions)
        case e.RulesApplied(disabled=disabled) if before is not None:
            return replace(before, exemptions=disabled.exemptions)
        case _:
            return None


def index_rows(
    stream: StreamId,
    place: Cells,
    judged: Judged | None,
    artifacts: Mapping[str, bytes],
    *,
    under: str | None = None,
) -> dict[str, Cells]:
    """The index rows of an image of which that is so; or those of them `under` one name. `place` is
    its registry, repository and digest."""
    if judged is None:
        return {}
    rules = _rules(judged.exemptions, artifacts)
    rows: dict[str, Cells] = {}
    for number, finding in enumerate(json.loads(artifacts[judged.findings.sha256])):
        prefixes = _prefixes(finding) if under is None else _prefixes(finding) & {under}
        if not prefixes:
            continue
        cells = {**place, **_cells(finding)}
        name, rule = _name(cells), rules.get(number)
        for prefix in prefixes:
            key = f"{prefix}{stream}|{name}"
            if rule is None:
                rows[key] = cells
            elif key not in rows:
                rows[key] = {**cells, "rule": rule}
    return rows


def _place(manifest: Cells) -> Cells:
    """Which image it is, as its rows say it."""
    names = ("registry", "repository", "digest")
    return dict(zip(names, text(manifest, "image").split("|"), strict=True))


def _rules(exemptions: Artifact | None, artifacts: Mapping[str, bytes]) -> Mapping[int, str]:
    """Which rule disables which finding, by its place: `core/rules/evaluation.py` writes it."""
    if exemptions is None:
        return {}
    return {one["finding"]: one["rule"] for one in json.loads(artifacts[exemptions.sha256])}


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
