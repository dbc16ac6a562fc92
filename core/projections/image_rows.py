"""One image's row: how each event changes it, and the verdict that its cells amount to.

It says of the same events what `core/domain/image` says, in the form that people query.
"""

from core.domain import events as e
from core.domain.recorded import Recorded
from core.domain.values import Disabled, Freshness, Health, Platform, SeverityCounts
from core.projections.cells import instant, number, put_words, text, words
from core.projections.index_rows import Mutable, assess_child, counted, list_children
from core.projections.totals import SEVERITIES
from core.storage.interface import Cells

NONE = 9
"""The rank of an image without findings: behind that of every severity."""

MAX_WORDS = 1000
"""Tags, and indexes, that a row shows at most. Whoever may push can name any number of them, and a
row beyond storage's limits would halt the view for everybody."""

_TIMES = ("started_at", "inventoried_at", "completed_at")
"""When a scan came to its stages."""


def evolve(before: Cells, recorded: Recorded) -> Mutable:
    """The row after the event. Before an image's first push it holds what is remembered, if
    anything."""
    row = dict(before)
    match recorded.event:
        case e.ImagePushed() as pushed:
            _push(row, pushed)
        case e.ImagePulled(day=day):
            row["pulled_on"] = day.isoformat()
        case e.TagMoved(tag=tag) | e.TagRemoved(tag=tag):
            _lose(row, {tag})
        case e.DeletionOutdated(tags=tags):
            _lose(row, set(tags))
        case e.ParentFound(parent=parent):
            row = with_parent(row, parent)
        case e.ChildAssessed() as assessed:
            assess_child(row, assessed)
        case event:
            _scan(row, event, recorded)
    row["position"] = recorded.position
    _judge(row)
    for name in ("health", "freshness"):
        if row[name] != before.get(name):
            row[f"{name}_since"] = instant(recorded.at)
    return row


def identity(event: e.ImagePushed) -> Mutable:
    """The cells that name the image and whose it is."""
    return {
        "registry": event.image.registry,
        "repository": event.image.repository,
        "digest": event.image.digest,
        "subscription": event.subscription,
        "media_type": event.media_type,
    }


def remembered(row: Cells) -> Mutable:
    """The cells that outlive the image's deletion: nobody tells it of its indexes again."""
    memory: Mutable = {}
    if parents := words(row, "parents"):
        put_words(memory, "parents", set(parents))
    if pulled_on := text(row, "pulled_on"):
        memory["pulled_on"] = pulled_on
    return memory


def with_parent(row: Cells, parent: str) -> Mutable:
    """The row of an image that one more index lists."""
    found = dict(row)
    _add_word(found, "parents", parent)
    return found


def counts_of(cells: Cells) -> SeverityCounts:
    """The findings of a row that no rule disables, by severity."""
    return SeverityCounts(**{name: number(cells, name) for name in SEVERITIES})


def disabled_of(cells: Cells) -> SeverityCounts:
    """The findings of a row that rules disable, by severity: they are not in `counts_of`."""
    return SeverityCounts(**{name: number(cells, f"disabled_{name}") for name in SEVERITIES})


def _push(row: Mutable, event: e.ImagePushed) -> None:
    row |= identity(event)
    row["pushed_at"] = max(instant(event.pushed_at), text(row, "pushed_at"))
    row.setdefault("source", event.source)
    if event.size is not None:
        row["size"] = event.size
    if event.tag is not None:
        _add_word(row, "tags", event.tag)


def _add_word(row: Mutable, name: str, word: str) -> None:
    known = set(words(row, name))
    if word not in known and len(known) < MAX_WORDS:
        put_words(row, name, known | {word})


def _lose(row: Mutable, gone: set[str]) -> None:
    put_words(row, "tags", set(words(row, "tags")) - gone)


def _scan(row: Mutable, event: e.Event, recorded: Recorded) -> None:
    """An event of the image's scan."""
    at = instant(recorded.at)
    match event:
        case e.ScanRequested():
            _request(row, event, at)
        case e.ScanStarted():
            row |= {"stage": "running", "attempt": event.attempt, "started_at": at}
        case e.InventoryTaken():
            row |= {"stage": "inventoried", "inventoried_at": at}
            _inventory(row, event)
        case e.ScanCompleted():
            _complete(row, at, enough=event.advisories_version >= number(row, "least_advisories"))
            row |= _assessment(event) | {"assessed_position": recorded.position}
            _disable(row, event.disabled)
        case e.RulesApplied() if "findings_sha256" in row:
            _enable(row)
            _disable(row, event.disabled)
        case e.IndexRead():
            _complete(row, at)
            list_children(row, event)
        case e.ImageNotApplicable():
            _complete(row, at)
            row |= {"cause": event.cause, "message": event.message, **_platform(event.platform)}
        case e.ScanFailed(retry_at=None):
            row |= {"stage": "failed", "completed_at": at}
            row |= {"failure": event.cause, "message": event.message}
        case e.ScanFailed():
            row |= {"stage": "waiting", "message": event.message}
        case e.ScanWithdrawn():
            row |= {"stage": "withdrawn", "completed_at": at, "message": event.message}
        case _:
            return


def _request(row: Mutable, event: e.ScanRequested, at: str) -> None:
    """A new scan; or the open one, of which more is asked and whose stage stays what it is."""
    if text(row, "scan") != event.scan:
        for name in _TIMES:
            row.pop(name, None)
        row |= {"scan": event.scan, "stage": "waiting", "attempt": 0, "requested_at": at}
    row |= {"reason": event.reason, "priority": event.priority}
    row["least_advisories"] = event.advisories


def _complete(row: Mutable, at: str, *, enough: bool = True) -> None:
    """The scan came to its end; unless newer advisories are asked for than were used."""
    row |= {"stage": "completed" if enough else "inventoried", "completed_at": at}
    row.pop("failure", None)
    row.pop("message", None)


def _inventory(row: Mutable, event: e.InventoryTaken) -> None:
    row |= {
        "sbom_sha256": event.bom.sha256,
        "sbom_size": event.bom.size,
        "cataloger": event.cataloger,
        "packages": event.packages,
        "unidentified": event.unidentified,
        "distribution": event.distribution or "",
        **_platform(event.platform),
    }


def _assessment(event: e.ScanCompleted) -> Mutable:
    return {
        "findings_sha256": event.findings.sha256,
        "findings_size": event.findings.size,
        "patchable": event.patchable,
        "uncompared": event.uncompared,
        "advisories": event.advisories.sha256,
        "advisories_version": event.advisories_version,
        **counted(event.counts),
    }


def _enable(row: Mutable) -> None:
    """The row as it is without rules."""
    row |= counted(counts_of(row) + disabled_of(row))
    row["patchable"] = number(row, "patchable") + number(row, "disabled_patchable")


def _disable(row: Mutable, disabled: Disabled) -> None:
    """Take out of a row without rules what rules disable."""
    row |= counted(counts_of(row) - disabled.counts)
    row["patchable"] = number(row, "patchable") - disabled.patchable
    row |= {f"disabled_{name}": count for name, count in counted(disabled.counts).items()}
    row |= {
        "disabled_patchable": disabled.patchable,
        "rules_version": disabled.rules_version,
        "exemptions_sha256": disabled.exemptions.sha256 if disabled.exemptions else "",
        "exemptions_size": disabled.exemptions.size if disabled.exemptions else 0,
    }


def _platform(platform: Platform) -> Mutable:
    return {"platform": str(platform)}


def _judge(row: Mutable) -> None:
    """Health, freshness, and the worst severity, from what the row holds."""
    counts = counts_of(row)
    if "children" in row:
        pass  # its children have decided, when they were last heard of
    elif "cause" in row:
        row["health"] = Health.NOT_APPLICABLE
    elif "findings_sha256" not in row:
        row["health"] = Health.UNSCANNED
    elif counts.total:
        row["health"] = Health.UNHEALTHY
    else:  # never clean because something was left out
        left_out = number(row, "uncompared") + number(row, "unidentified")
        row["health"] = Health.UNSCANNED if left_out else Health.HEALTHY
    worst = counts.worst
    row["worst"] = NONE if worst is None else worst.rank
    row["freshness"] = _freshness(row)


def _freshness(row: Cells) -> Freshness:
    if text(row, "stage") in ("waiting", "running", "inventoried"):
        return Freshness.DELAYED
    if text(row, "stage") == "withdrawn":
        return Freshness.STALE
    return Freshness.FAILED if "failure" in row else Freshness.CURRENT
