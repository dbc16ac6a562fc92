"""The advisories' command line: fetch them, publish them, build a database, match with it.

    python -m core.advisories order <Ecosystem>
    python -m core.advisories build --out <database> <file or folder>...
    python -m core.advisories match --db <database> <sbom>...
    python -m core.advisories whatif [--stack <stack.json>] <file or folder>...
    python -m core.advisories refresh <folder>
    python -m core.advisories publish [--stack <stack.json>] [<file or folder>...]

`order` reads lines `A B` and answers each with `<`, `=`, `>`, or `?` where it cannot be said.
`match` writes one JSON object a finding. So does `whatif`, of the findings that records which are
not published yet would bring to a fleet's images: the fleet of a running stack, or of the storage
account of the settings: its connection string in `AzureWebJobsStorage`, or its name in
`AzureWebJobsStorage__accountName`, to be opened by whoever is signed in. `publish` puts records in
force there; without any, it does what the app's timer does: fetch the sources, compile, publish.
`refresh` fetches them into a folder, to `build` from. The sources are those of the settings
(`PRATIQUE_…`, see docs/operations.md). Results go to standard output, and what could not be read,
compared or matched is counted on standard error.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

import msgspec

from core.advisories import versions
from core.advisories.compiler import Compiled, compile_database
from core.advisories.database import Advisories
from core.advisories.matching import Matched, Matcher
from core.errors import InvalidInventory, PratiqueError
from core.inventory import read

OK, FAILED, USAGE = 0, 1, 2
"""Exit codes: all was done; something could not be read; the command makes no sense."""

_SIGNS = {-1: "<", 0: "=", 1: ">"}

_OTHER_NAMES = {"redhat": "Red Hat", "rpm": "Red Hat", "rpm-vercmp": "Red Hat", "semver": "npm"}
"""Other names of ways to order, for `order` alone."""


class Line(msgspec.Struct, frozen=True):
    """A finding as `match` prints it. These names and their order are stable."""

    sbom: str
    id: str
    aliases: tuple[str, ...]
    purl: str
    package: str
    version: str
    fixed: str | None
    severity: str


def main(
    arguments: Sequence[str],
    source: TextIO,
    out: TextIO,
    err: TextIO,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Run one command, and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "order":
                return order(options.ecosystem, source, out, err)
            case "build":
                return build(options.paths, options.out, err)
            case "match":
                return match(options.db, options.sboms, out, err)
            case "whatif":
                return whatif(options.paths, options.stack, settings, out, err)
            case "refresh":
                return refresh(options.folder, settings, err)
            case _:
                return publish(options.paths, options.stack, settings, err)
    except PratiqueError as error:
        print(error, file=err)
        return FAILED
    except BrokenPipeError:  # whoever reads has read enough
        return OK


def order(ecosystem: str, source: Iterable[str], out: TextIO, err: TextIO) -> int:
    """Answer every line `A B` with the order of its two versions."""
    name = _OTHER_NAMES.get(ecosystem.lower()) or versions.spelt(ecosystem)
    if name is None:
        print(f"How {ecosystem!r} orders its versions is not known.", file=err)
        return USAGE
    for line in source:
        print(_sign(name, line.split()), file=out)
    return OK


def _sign(ecosystem: str, pair: list[str]) -> str:
    if len(pair) != 2:
        return "?"
    compared = versions.compare(ecosystem, *pair)
    return "?" if isinstance(compared, versions.Unparsable) else _SIGNS[compared]


def build(paths: Sequence[Path], out: Path, err: TextIO) -> int:
    """Compile records into a database, and say what it holds and what was refused."""
    shown = _Progress(err)
    compiled = compile_database(paths, out, shown)
    shown.clear()
    _report(compiled, err)
    return OK


def match(db: Path, sboms: Sequence[Path], out: TextIO, err: TextIO) -> int:
    """Print the findings of each SBOM, and count what could not be decided."""
    encoder = msgspec.json.Encoder()
    failed = 0
    with Advisories.open(db) as advisories:
        matcher = Matcher(advisories)
        for sbom in sboms:
            try:
                matched = matcher.match(read(sbom.read_bytes()))
            except (OSError, InvalidInventory) as error:
                print(f"{sbom}: {error}", file=err)
                failed += 1
                continue
            for finding in matched.findings:
                line = Line(
                    sbom=str(sbom),
                    id=finding.id,
                    aliases=finding.aliases,
                    purl=finding.purl,
                    package=finding.package,
                    version=finding.version,
                    fixed=finding.fixed,
                    severity=finding.severity,
                )
                print(encoder.encode(line).decode(), file=out)
            _count(sbom, matched, err)
    return FAILED if failed else OK


def whatif(
    paths: Sequence[Path],
    stack: Path | None,
    settings: Mapping[str, str],
    out: TextIO,
    err: TextIO,
) -> int:
    """Print the findings that records would bring to a fleet, and count the images."""
    from core.accounts import meant_by  # alone in needing storage, which is slow to import
    from core.fleet import whatif as fleet

    fleet.whatif(meant_by(stack, settings), paths, out, err)
    return OK


def refresh(folder: Path, settings: Mapping[str, str], err: TextIO) -> int:
    """Fetch the sources into a folder."""
    from core.feeds import command, sources  # alone in needing the network

    return OK if command.refresh(sources.read_sources(settings), folder, err) else FAILED


def publish(
    paths: Sequence[Path], stack: Path | None, settings: Mapping[str, str], err: TextIO
) -> int:
    """Put records in force: these, or what the sources give."""
    from core.accounts import meant_by  # needs storage and the network
    from core.feeds import command, sources

    meant = meant_by(stack, settings)
    done = command.publish(meant, sources.read_sources(settings), paths, err)
    return OK if done else FAILED


def _count(sbom: Path, matched: Matched, err: TextIO) -> None:
    for why, number in Counter(unknown.why for unknown in matched.unknown).items():
        print(f"{sbom}: undecided, {_packages(number)}: {why}", file=err)
    for why, number in matched.uncovered:
        print(f"{sbom}: not covered, {_packages(number)}: {why}", file=err)


def _packages(number: int) -> str:
    return "1 package" if number == 1 else f"{number:,} packages"


def _report(compiled: Compiled, err: TextIO) -> None:
    print(
        f"{compiled.path}: {compiled.advisories:,} advisories on {compiled.packages:,} packages"
        f" ({compiled.claims:,} claims), {compiled.size:,} bytes, sha256 {compiled.sha256}",
        file=err,
    )
    for reason, number in compiled.refused.items():
        first = compiled.examples[reason][0]
        detail = f": {first.detail}" if first.detail else ""
        print(f"not taken, {number:,}: {reason}, such as {first.where}{detail}", file=err)


class _Progress:
    """A line that counts, on a terminal only."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._shown = err.isatty()

    def __call__(self, step: str, done: int) -> None:
        if self._shown:
            print(f"\r{step}: {done:,}\033[K", end="", file=self._err, flush=True)

    def clear(self) -> None:
        """Make room for the report."""
        if self._shown:
            print("\r\033[K", end="", file=self._err)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.advisories",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    ordering = commands.add_parser("order", help="order pairs of versions")
    ordering.add_argument("ecosystem", help="such as Debian, PyPI or npm")
    building = commands.add_parser("build", help="compile OSV records into a database")
    building.add_argument("--out", type=Path, required=True, help="the database to write")
    building.add_argument("paths", type=Path, nargs="+", help="files and folders of OSV records")
    matching = commands.add_parser("match", help="match SBOMs with a database")
    matching.add_argument("--db", type=Path, required=True, help="the database that build wrote")
    matching.add_argument("sboms", type=Path, nargs="+", help="CycloneDX JSON documents")
    asking = commands.add_parser("whatif", help="which images records would touch")
    asking.add_argument("--stack", type=Path, help="the file of a running stack, .run/stack.json")
    asking.add_argument("paths", type=Path, nargs="+", help="files and folders of OSV records")
    fetching = commands.add_parser("refresh", help="fetch the sources into a folder")
    fetching.add_argument("folder", type=Path, help="where dumps are kept, and resumed")
    publishing = commands.add_parser("publish", help="put records in force")
    publishing.add_argument("--stack", type=Path, help="the file of a running stack")
    publishing.add_argument(
        "paths", type=Path, nargs="*", help="files and folders; without any, the sources"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin, sys.stdout, sys.stderr, os.environ))
