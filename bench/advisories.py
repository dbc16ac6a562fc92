"""The advisories by themselves: compiled, opened in a fresh process, and matched.

With `ADVISORIES=<files or folders of OSV records, separated by colons>` the real ones are measured;
otherwise as many are made up. An inventory's packages are ones that the advisories name, a fifth of
them at a version that is affected.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figures import seconds, spread
from bench.sections import Section
from core.advisories.compiler import compile_database
from core.advisories.database import Advisories
from core.advisories.matching import Matcher
from core.inventory.packages import Inventory, OperatingSystem, Package
from dev.stack.process import ROOT

RECORDS = 36_000
"""Advisories that are made up where none are given."""
SIZES = (250, 6_000)
"""Packages of the inventories."""

_ROUNDS = 15
_AFFECTED = 0.2
_MIB = 1024 * 1024

_OPEN = """
import sys, time
from pathlib import Path
from core.advisories.database import Advisories
began = time.perf_counter()
Advisories.open(Path(sys.argv[1]))
print(time.perf_counter() - began)
"""

_PEAK = """
import re
from pathlib import Path
print(1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]))
"""
"""The most memory that a process had; `getrusage` would count what its parent had."""

_COMPILE = """
import sys, time
from pathlib import Path
from core.advisories.compiler import compile_database
began = time.perf_counter()
compile_database([Path(each) for each in sys.argv[2:]], Path(sys.argv[1]))
print(time.perf_counter() - began)
"""

_MATCH = """
import sys
from pathlib import Path
from bench.advisories import sample
from core.advisories.database import Advisories
from core.advisories.matching import Matcher
advisories = Advisories.open(Path(sys.argv[1]))
Matcher(advisories).match(sample(advisories, int(sys.argv[2])))
"""


async def measure(folder: Path) -> Sequence[Section]:
    """Compile, open and match."""
    sources = _sources(folder)
    database = folder / "advisories.db"
    took, peak = _fresh(_COMPILE + _PEAK, database, *sources)
    compiled = compile_database(sources, folder / "again.db")
    (opened,) = _fresh(_OPEN, database)
    (matching,) = _fresh(_MATCH + _PEAK, database, str(SIZES[-1]))
    built = Section(
        title="Advisories: compiled and opened",
        measured=(
            f"{compiled.read:,} records, {compiled.claims:,} claims on {compiled.packages:,}"
            " packages; each line in a fresh process."
        ),
        columns=("", "time", "size"),
        rows=(
            ("compile", seconds(took), f"{compiled.size / _MIB:.1f} MiB file"),
            ("memory to compile", "", f"{peak / _MIB:.0f} MiB"),
            ("open", seconds(opened), ""),
            (f"memory to match {SIZES[-1]:,} packages", "", f"{matching / _MIB:.0f} MiB"),
        ),
    )
    with Advisories.open(database) as advisories:
        matched = Section(
            title="Advisories: one inventory matched",
            measured=(
                "Cold: the first inventory of a process. Warm: the median and the worst of"
                f" {_ROUNDS} more of it."
            ),
            columns=("packages", "findings", "cold", "warm", "worst"),
            rows=tuple(_matched(advisories, size) for size in SIZES),
        )
    return (built, matched)


def sample(advisories: Advisories, size: int) -> Inventory:
    """Packages that these advisories name, the same every time."""
    chance = random.Random(1)  # noqa: S311 - a sample, the same each time
    named = sorted(advisories.names("Debian:11"))
    packages = [_installed(advisories, chance.choice(named), chance) for _ in range(size)]
    system = OperatingSystem(id="debian", version="11.9")
    return Inventory(
        tool="trivy", tool_version="0", os=system, packages=tuple(packages), unidentified=0
    )


def _installed(advisories: Advisories, name: str, chance: random.Random) -> Package:
    """A binary package of this source: a little older than one of its fixes, or up to date."""
    sheet = advisories.sheet("Debian:11", name)
    bounds = sheet.bounds if sheet is not None else []
    affected = bounds and chance.random() < _AFFECTED
    version = f"{chance.choice(bounds)}~" if affected else "99:1"
    binary = f"lib{name}{chance.randrange(1_000_000)}"
    return Package(
        name=binary,
        version=version,
        purl=f"pkg:deb/debian/{binary}@{version}",
        type="deb",
        source_name=name,
        source_version=version,
    )


def _matched(advisories: Advisories, size: int) -> Sequence[str]:
    inventory = sample(advisories, size)
    matcher = Matcher(advisories)
    times = []
    for _ in range(_ROUNDS + 1):
        began = time.perf_counter()
        found = matcher.match(inventory)
        times.append(time.perf_counter() - began)
    warm = spread(times[1:])
    return (
        f"{size:,}",
        f"{len(found.findings):,}",
        seconds(times[0]),
        seconds(warm.median),
        seconds(warm.worst),
    )


def _sources(folder: Path) -> list[Path]:
    if given := os.environ.get("ADVISORIES"):
        return [Path(each) for each in given.split(":")]
    path = folder / "made-up.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in _made_up()))
    return [path]


def _made_up() -> Iterator[object]:
    """Debian's advisories in number and shape: each on one of some thousand source packages."""
    chance = random.Random(1)  # noqa: S311 - the same advisories every time
    for number in range(RECORDS):
        fixed = f"1.{chance.randrange(60)}.{chance.randrange(10)}-{chance.randrange(1, 5)}+deb11u1"
        package = {"ecosystem": "Debian:11", "name": f"made-up-{chance.randrange(RECORDS // 5)}"}
        events = [{"introduced": "0"}, {"fixed": fixed}]
        yield {
            "id": f"DSA-{number}-1",
            "modified": "2026-11-21T00:00:00Z",
            "upstream": [f"CVE-2026-{number}"],
            "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
        }


def _fresh(program: str, *arguments: Path | str) -> list[float]:
    """The numbers that a program prints in a process of its own."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return [float(number) for number in done.stdout.split()]
