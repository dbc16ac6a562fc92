"""A check against real advisories, run by hand: `python -m tests.support.osv_check <osv folder>`.

Compiles the records, then asks for versions at, just below and just above every bound of every
package, and compares each answer with the plain evaluator's. Prints counts by ecosystem, and the
first disagreements. What `univers` cannot read is counted apart.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.advisories import ecosystems, sources
from core.advisories.compiler import compile_database
from core.advisories.database import Advisories
from core.advisories.packages import Coordinate
from core.advisories.verdicts import verdict
from tests.support import osv_oracle
from tests.support.osv_oracle import Affected, Contradictory

type Claims = dict[tuple[str, str], list[tuple[str, list[Affected]]]]

_NEIGHBOURS = {
    "AlmaLinux": ("{}~", "{}.1", "0:{}"),
    "Alpine": ("{}0", "9{}"),
    "Debian": ("{}~", "{}+b1", "{}.1"),
    "Go": ("{}-0", "{}1"),
    "PyPI": ("{}.dev0", "{}.post1", "{}.0"),
    "crates.io": ("{}-0", "{}1"),
    "npm": ("{}-0", "{}1"),
}
"""Versions just below and just above a bound, and other spellings of it."""


def main(folder: Path, pairs: int) -> int:
    """Compare answers on about this many pairs of package and version."""
    claims = _claims(folder)
    questions = list(_questions(claims))
    random.Random(1).shuffle(questions)  # noqa: S311 - a sample, the same each time
    counts: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        built = compile_database([folder], Path(scratch, "advisories.db"))
        with Advisories.open(built.path) as advisories:
            for ecosystem, name, version in questions[:pairs]:
                outcome = _ask(advisories, claims[ecosystem, name], ecosystem, name, version)
                counts[ecosystem.partition(":")[0], outcome] += 1
                if outcome == "disagree" and (shown[ecosystem] + 1) <= 5:
                    shown[ecosystem] += 1
                    print("disagree:", ecosystem, name, version)
    for (ecosystem, outcome), number in sorted(counts.items()):
        print(f"{ecosystem:12} {outcome:24} {number:8,}")
    return 1 if any(outcome == "disagree" for _, outcome in counts) else 0


def _claims(folder: Path) -> Claims:
    claims: Claims = defaultdict(list)
    for text in sources.read([folder]):
        record = json.loads(text) if isinstance(text, bytes) else {}
        if record.get("withdrawn"):
            continue
        grouped: dict[tuple[str, str], list[Affected]] = defaultdict(list)
        for entry in record.get("affected", ()):
            affected = Affected(
                package=entry["package"],
                ranges=entry.get("ranges", []),
                versions=entry.get("versions", []),
            )
            package = affected["package"]
            grouped[package["ecosystem"], package["name"]].append(affected)
        for key, entries in grouped.items():
            claims[key].append((record["id"], entries))
    return claims


def _questions(claims: Claims) -> Iterator[tuple[str, str, str]]:
    for (ecosystem, name), records in claims.items():
        bounds = {
            version
            for _, entries in records
            for entry in entries
            for version in (
                *entry["versions"],
                *(
                    v
                    for r in entry["ranges"]
                    if r["type"] != "GIT"
                    for e in r["events"]
                    for v in e.values()
                ),
            )
        }
        for bound in sorted(bounds):
            yield ecosystem, name, bound
            for neighbour in _NEIGHBOURS[ecosystem.partition(":")[0]]:
                yield ecosystem, name, neighbour.format(bound)


def _ask(
    advisories: Advisories,
    records: Sequence[tuple[str, list[Affected]]],
    ecosystem: str,
    name: str,
    version: str,
) -> str:
    canonical = ecosystems.canonical(ecosystem)
    at = Coordinate(canonical, ecosystems.name(canonical, name), version)
    said = verdict(advisories, (at,), None)
    found = {advisories.advisory(hit.advisory).id for hit in said.hits}
    outcome = "agree, not affected"
    for advisory, entries in records:
        try:
            expected = osv_oracle.affects(entries, ecosystem, name, version)
        except Contradictory:
            continue
        except ValueError:
            if not said.undecided:
                outcome = "univers cannot read"
            continue
        if expected != (advisory in found):
            return "undecided" if said.undecided else _modules(version, entries)
        if expected:
            outcome = "agree, affected"
    return outcome


def _modules(version: str, entries: Sequence[Affected]) -> str:
    """A modular fix says nothing of other builds; the specification alone does not know that."""
    fixed = [
        event["fixed"]
        for entry in entries
        for each in entry["ranges"]
        for event in each["events"]
        if "fixed" in event
    ]
    if any((".module" in version) != (".module" in each) for each in fixed):
        return "of another module"
    return "disagree"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.support.osv_check", description=__doc__)
    parser.add_argument("folder", type=Path, help="OSV records, as the compiler reads them")
    parser.add_argument("--pairs", type=int, default=100_000, help="how many (default: 100000)")
    asked = parser.parse_args()
    sys.exit(main(asked.folder, asked.pairs))
