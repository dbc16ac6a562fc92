"""The documentation tells of every metric and of every field of a line, and of no other."""

import re
from pathlib import Path

import msgspec

from core.telemetry.decisions import Decision
from core.telemetry.metrics import METRICS

DOCS = (Path(__file__).parents[4] / "docs/telemetry.md").read_text()


def test_every_metric_is_documented_with_its_unit_and_label() -> None:
    rows = re.findall(r"^\| `(pratique\.\w+)` \| (\w+) \| (\S+) \| (\S*) ?\|", DOCS, re.MULTILINE)
    assert rows == [
        (one.name, one.kind, f"`{one.unit}`", f"`{one.label}`" if one.label else "")
        for one in METRICS
    ]


def test_every_field_of_a_decision_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", DOCS, re.MULTILINE)
    assert rows == [one.encode_name for one in msgspec.structs.fields(Decision)]


def test_names_are_unique_and_only_histograms_have_buckets() -> None:
    assert len({one.name for one in METRICS}) == len(METRICS)
    assert all((one.bounds is not None) == (one.kind == "histogram") for one in METRICS)
