"""Which images would an advisory touch that is not published yet? Asked from outside the app."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from core.accounts import Meant, open_meant
from core.advisories.compiler import compile_database
from core.advisories.database import Advisories
from core.advisories.matching import Matcher
from core.domain.findings import Finding
from core.domain.values import ImageName
from core.fleet.queries import FleetQueries, affected
from core.fleet.store import open_fleet
from core.log.sharded import open_log


class _Line(msgspec.Struct, frozen=True):
    """A finding as it is printed. These names and their order are stable."""

    image: str
    id: str
    aliases: tuple[str, ...]
    purl: str
    package: str
    version: str
    fixed: str | None
    severity: str


def whatif(storage: Meant, records: Sequence[Path], out: TextIO, err: TextIO) -> None:
    """Print a line for each finding that these records would bring, and count the images."""
    with tempfile.TemporaryDirectory(prefix="whatif-") as folder:
        compiled = compile_database(records, Path(folder, "advisories.sqlite"))
        with Advisories.open(compiled.path) as advisories:
            touched = asyncio.run(_print(storage, Matcher(advisories), out))
    print(f"{compiled.advisories:,} advisories would touch {touched:,} images.", file=err)
    for reason, number in compiled.refused.items():
        print(f"not taken, {number:,}: {reason}", file=err)


async def _print(storage: Meant, matcher: Matcher, out: TextIO) -> int:
    touched = 0
    async with open_meant(storage) as account:
        log = await open_log(await account.tables.open("log"), account.artifacts)
        store = await open_fleet(log, account.tables, account.artifacts)
        await store.catch_up()
        async for holder in FleetQueries(store, account.artifacts).holders(affected(matcher)):
            touched += 1
            for _, findings in holder.packages:
                for finding in findings:
                    print(_line(holder.image, finding), file=out)
    return touched


def _line(image: ImageName, finding: Finding) -> str:
    line = _Line(
        image=str(image),
        id=finding.id,
        aliases=finding.aliases,
        purl=finding.purl,
        package=finding.package,
        version=finding.version,
        fixed=finding.fixed,
        severity=finding.severity,
    )
    return msgspec.json.encode(line).decode()
