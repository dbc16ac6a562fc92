"""The row of an index: what it says of its children, and the verdict that theirs amount to."""

import json
from collections.abc import Iterable, Mapping
from typing import NotRequired, TypedDict

from core.domain import events as e
from core.domain.values import Health, SeverityCounts
from core.projections.cells import long_text, number, put_long_text
from core.projections.totals import SEVERITIES
from core.storage.interface import Cell, Cells

type Mutable = dict[str, Cell]


class Child(TypedDict):
    """What an index's row says of one child."""

    platform: str
    health: str
    counts: NotRequired[dict[str, int]]
    """Findings that no rule disables by severity, once the child is assessed."""
    disabled: NotRequired[dict[str, int]]
    """Those that rules disable, where there are any."""


def children_of(row: Cells) -> dict[str, Child]:
    """An index's children by digest, in the index's order."""
    children: dict[str, Child] = json.loads(long_text(row, "children") or "{}")
    return children


def list_children(row: Mutable, event: e.IndexRead) -> None:
    """The index is read: nothing is known of its children yet."""
    children = {one.digest: _unscanned(one) for one in event.children}
    _put_children(row, children)
    row["health"] = _worst(children.values())
    row |= counted(SeverityCounts())
    row |= {f"disabled_{name}": 0 for name in SEVERITIES}


def assess_child(row: Mutable, event: e.ChildAssessed) -> None:
    """One child is other than it was. The index's counts change by the difference: they are not
    added up again, since there may be hundreds of children and as many such events."""
    children = children_of(row)
    if (child := children.get(event.child)) is None:
        return
    for prefix, old, new in (
        ("", child.get("counts", {}), event.counts),
        ("disabled_", child.get("disabled", {}), event.disabled),
    ):
        for name, count in counted(new).items():
            row[f"{prefix}{name}"] = number(row, f"{prefix}{name}") + count - old.get(name, 0)
    child["health"], child["counts"] = event.health, counted(event.counts)
    child["disabled"] = counted(event.disabled)
    _put_children(row, children)
    row["health"] = _worst(children.values())


def counted(counts: SeverityCounts) -> dict[str, int]:
    """How many findings there are of each severity, by its cell's name."""
    return {name: getattr(counts, name) for name in SEVERITIES}


def _put_children(row: Mutable, children: Mapping[str, Child]) -> None:
    put_long_text(row, "children", json.dumps(children, separators=(",", ":")))


def _unscanned(child: e.Child) -> Child:
    return {"platform": str(child.platform)[:100], "health": Health.UNSCANNED}


def _worst(children: Iterable[Child]) -> Health:
    """An index is never better than its worst child, nor decided while a child is not."""
    verdicts = {child["health"] for child in children}
    worst_first = (Health.UNHEALTHY, Health.UNSCANNED, Health.HEALTHY)
    return next((one for one in worst_first if one in verdicts), Health.NOT_APPLICABLE)
