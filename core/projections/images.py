"""The images: each one's verdict, freshness, tags and times; and totals by registry.

Row `i|<stream>` is one image. Row `t|<subscription>|<registry>` adds up the images of that registry
in this shard, and moves in the same transaction as theirs.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.domain.values import Freshness, Health, Platform, Severity, SeverityCounts
from core.projections.cells import instant, number, text
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cell, Cells

type Mutable = dict[str, Cell]

NONE = 9
"""The rank of an image without findings: behind that of every severity."""

SEVERITIES = tuple(severity.name.lower() for severity in Severity)
"""Names of the columns that count findings."""

TOTALS = ("images", *(health.value for health in Health), *SEVERITIES, "waiting", "failed")
"""Names of the columns of a totals row."""


def image_key(stream: StreamId) -> str:
    """Row key of an image."""
    return f"i|{stream}"


def total_key(cells: Cells) -> str:
    """Row key of the totals that an image's row counts in."""
    return f"t|{text(cells, 'subscription')}|{text(cells, 'registry')}"


class Images:
    """The projection; see `core/projections/interface.py`."""

    name = "images"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        if not recorded.stream.startswith("image-"):
            return ()
        return (image_key(recorded.stream),)

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        row = rows.get(image_key(recorded.stream))
        match recorded.event:
            case e.ImagePushed() as pushed:
                return Needs(keys=(total_key(_identity(pushed)),))
            case _ if row is not None:
                return Needs(keys=(total_key(row),))
            case _:
                return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        if not recorded.stream.startswith("image-"):
            return ()
        key = image_key(recorded.stream)
        before = rows.get(key)
        after = _evolve(before, recorded)
        if after == before:
            return ()
        counted = after or before or {}
        total = total_key(counted)
        change = Set(key, after) if after is not None else Drop(key)
        return change, Set(total, _total(rows.get(total, {}), counted, before, after))


def counts_of(cells: Cells) -> SeverityCounts:
    """The findings that a row counts, by severity."""
    return SeverityCounts(**{name: number(cells, name) for name in SEVERITIES})


def _evolve(before: Cells | None, recorded: Recorded) -> Cells | None:
    """The image's row after the event; `None` when there is no image to show."""
    match recorded.event:
        case e.ImageDeleted():
            return None
        case e.ImagePushed() as pushed:
            row = _pushed(before or {}, pushed)
        case _ if before is None:
            return None
        case event:
            row = dict(before)
            _change(row, event, recorded)
    row["position"] = recorded.position
    _judge(row)
    return row


def _identity(event: e.ImagePushed) -> Mutable:
    return {
        "registry": event.image.registry,
        "repository": event.image.repository,
        "digest": event.image.digest,
        "subscription": event.subscription,
        "media_type": event.media_type,
    }


def _pushed(before: Cells, event: e.ImagePushed) -> Mutable:
    row = {**before, **_identity(event)}
    pushed_at = instant(event.pushed_at)
    row["pushed_at"] = max(pushed_at, text(before, "pushed_at"))
    row.setdefault("source", event.source)
    if event.size is not None:
        row["size"] = event.size
    if event.tag:
        row["tags"] = " ".join(sorted({*text(before, "tags").split(), event.tag}))
    return row


def _change(row: Mutable, event: e.Event, recorded: Recorded) -> None:
    match event:
        case e.ImagePulled(day=day):
            row["pulled_on"] = day.isoformat()
        case e.TagMoved(tag=tag):
            _without_tags(row, {tag})
        case e.DeletionOutdated(tags=tags):
            _without_tags(row, set(tags))
        case e.ParentFound(parent=parent):
            row["parents"] = " ".join(sorted({*text(row, "parents").split(), parent}))
        case e.ChildAssessed():
            _child(row, event)
        case e.IndexRead(children=children):
            _end(row, recorded, "completed")
            row["children"] = json.dumps({child.digest: _child_cells(child) for child in children})
        case e.ImageNotApplicable():
            _end(row, recorded, "completed")
            row |= {"cause": event.cause, "message": event.message, **_platform(event.platform)}
        case _:
            _scan(row, event, recorded)


def _scan(row: Mutable, event: e.Event, recorded: Recorded) -> None:
    at = instant(recorded.at)
    match event:
        case e.ScanRequested():
            if text(row, "scan") != event.scan:
                row |= {"scan": event.scan, "requested_at": at, "attempt": 0}
            row |= {"stage": "waiting", "reason": event.reason, "priority": event.priority}
        case e.ScanStarted():
            row |= {"stage": "running", "attempt": event.attempt, "started_at": at}
        case e.InventoryTaken():
            row |= _inventory(event) | {"stage": "inventoried", "inventoried_at": at}
        case e.ScanCompleted():
            row |= _assessment(event)
            _end(row, recorded, "completed")
        case e.ScanFailed(retry_at=None):
            row |= {"failure": event.cause, "message": event.message}
            _end(row, recorded, "failed")
        case e.ScanFailed():
            row |= {"stage": "waiting", "message": event.message}
        case _:
            return


def _end(row: Mutable, recorded: Recorded, stage: str) -> None:
    row |= {"stage": stage, "completed_at": instant(recorded.at)}
    if stage == "completed":
        row.pop("failure", None)
        row.pop("message", None)


def _inventory(event: e.InventoryTaken) -> Mutable:
    row: Mutable = {
        "sbom_sha256": event.bom.sha256,
        "sbom_size": event.bom.size,
        "cataloger": event.cataloger,
        "packages": event.packages,
        "unidentified": event.unidentified,
        **_platform(event.platform),
    }
    if event.distribution:
        row["distribution"] = event.distribution
    return row


def _assessment(event: e.ScanCompleted) -> Mutable:
    return {
        "findings_sha256": event.findings.sha256,
        "findings_size": event.findings.size,
        "patchable": event.patchable,
        "uncompared": event.uncompared,
        "advisories": event.advisories.sha256,
        "advisories_version": event.advisories_version,
        **_counted(event.counts),
    }


def _platform(platform: Platform) -> Mutable:
    return {"platform": str(platform)}


def _counted(counts: SeverityCounts) -> Mutable:
    return {name: getattr(counts, name) for name in SEVERITIES}


def _without_tags(row: Mutable, gone: set[str]) -> None:
    row["tags"] = " ".join(tag for tag in text(row, "tags").split() if tag not in gone)


def _child_cells(child: e.Child) -> dict[str, object]:
    return {"platform": str(child.platform), "health": Health.UNSCANNED}


def _child(row: Mutable, event: e.ChildAssessed) -> None:
    children = json.loads(text(row, "children") or "{}")
    known = children.setdefault(event.child, {})
    known |= {"health": event.health, "counts": _counted(event.counts)}
    row["children"] = json.dumps(children)


def _judge(row: Mutable) -> None:
    """Health, freshness, and the worst severity, from what the row holds."""
    if "children" in row:
        children = list(json.loads(text(row, "children")).values())
        row["health"] = _worst({child["health"] for child in children})
        sums = (SeverityCounts(**child.get("counts", {})) for child in children)
        row |= _counted(sum(sums, SeverityCounts()))
    elif "cause" in row:
        row["health"] = Health.NOT_APPLICABLE
    elif "findings_sha256" not in row:
        row["health"] = Health.UNSCANNED
    else:
        row["health"] = Health.UNHEALTHY if counts_of(row).total else Health.HEALTHY
    worst = counts_of(row).worst
    row["worst"] = NONE if worst is None else worst.rank
    row["freshness"] = _freshness(row)


def _freshness(row: Cells) -> Freshness:
    if text(row, "stage") in ("waiting", "running", "inventoried"):
        return Freshness.DELAYED
    return Freshness.FAILED if "failure" in row else Freshness.CURRENT


def _worst(verdicts: set[str]) -> Health:
    worst_first = (Health.UNHEALTHY, Health.UNSCANNED, Health.HEALTHY)
    return next((health for health in worst_first if health in verdicts), Health.NOT_APPLICABLE)


def _total(total: Cells, image: Cells, before: Cells | None, after: Cells | None) -> Mutable:
    """The registry's totals, with one image's share exchanged for another."""
    identity = {name: text(image, name) for name in ("subscription", "registry")}
    counted = (
        (name, number(total, name) - _share(before, name) + _share(after, name)) for name in TOTALS
    )
    return {**identity, **dict(counted)}


def _share(row: Cells | None, name: str) -> int:
    """What one image counts for in a column of the totals."""
    match name:
        case _ if row is None:
            return 0
        case "images":
            return 1
        case "waiting":
            return int(text(row, "freshness") == Freshness.DELAYED)
        case "failed":
            return int(text(row, "freshness") == Freshness.FAILED)
        case _ if name in SEVERITIES:
            return 0 if "children" in row else number(row, name)
        case _:
            return int(text(row, "health") == name)
