"""What the views show, in the oracle's words, and whether it is what the log says."""

from collections import Counter
from collections.abc import Mapping

from core.projections.billing import BILLED, OUTCOMES, column
from core.projections.cells import words
from core.projections.images import is_there
from core.projections.index_rows import children_of
from core.storage.interface import Cells
from tests.support.ladders import Table
from tests.support.oracle import SEVERITIES, Oracle, Shown, index_of, queues_of, scans_of, totals_of

NONE = dict.fromkeys(SEVERITIES, 0)
"""No finding of any severity."""


def check_views(views: Mapping[str, Table], oracle: Oracle) -> None:
    """Every view shows what the log says (P1)."""
    assert images_of(views["images"]) == oracle.rows()
    assert totals_of(views["images"]) == oracle.totals()
    scans = oracle.scans()
    assert scans_of(views["openscans"], scans) == scans
    assert queues_of(views["openscans"]) == sorted(
        (str(one["priority"]), str(one["scan"]))
        for one in scans.values()
        if one["stage"] == "waiting"
    )
    assert index_of(views["findings"]) == oracle.index()
    assert bills_of(views["billing"]) == sorted(bill.image.digest for bill in oracle.bills())
    assert outcomes_of(views["billing"]) == outcomes(views["billing"])


def images_of(rows: Table) -> dict[str, Shown]:
    """The view of images, in the oracle's words."""
    return {
        key.removeprefix("i|"): _image(cells)
        for _, key, cells in rows
        if key.startswith("i|") and is_there(cells)
    }


def _image(cells: Cells) -> Shown:
    shown: Shown = {
        "counts": {name: cells.get(name, 0) for name in SEVERITIES},
        "disabled": {name: cells.get(f"disabled_{name}", 0) for name in SEVERITIES},
        "tags": words(cells, "tags"),
        "parents": words(cells, "parents"),
        "findings": cells.get("findings_sha256", ""),
        "sbom": cells.get("sbom_sha256", ""),
        "children": {
            digest: (child["health"], child.get("counts", NONE), child.get("disabled", NONE))
            for digest, child in children_of(cells).items()
        },
    }
    shown |= {name: cells[name] for name in ("health", "freshness", "subscription", "worst")}
    shown |= {name: cells.get(name, "") for name in ("pulled_on", "distribution", "failure")}
    return shown | {name: cells[name] for name in ("scan", "stage", "attempt") if name in cells}


def bills_of(rows: Table) -> list[str]:
    """The digests that the ledger charges."""
    lines = [cells for _, key, cells in rows if key.startswith("b|")]
    return sorted(str(one["digest"]) for one in lines if one["reason"] == BILLED)


def outcomes(rows: Table) -> Counter[tuple[str, str]]:
    """What became of the digests, by month and subscription, line by line."""
    lines = [(key.split("|"), cells) for _, key, cells in rows if key.startswith("b|")]
    return Counter((f"{key[1]}|{key[2]}", str(cells["reason"])) for key, cells in lines)


def outcomes_of(rows: Table) -> Counter[tuple[str, str]]:
    """The same, as the view's totals say it."""
    found: Counter[tuple[str, str]] = Counter()
    for _, key, cells in rows:
        if key.startswith("t|"):
            found.update({(key[2:], name): int(str(cells[column(name)])) for name in OUTCOMES})
    return +found
