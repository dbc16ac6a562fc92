"""Which images would advisories touch that are not published yet? Nothing is kept of them.

The question is asked of the fleet's packages as they were last brought up to date, which the app's
timer does every minute.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.advisories.compiler import Compiled, compile_database
from core.advisories.database import Advisories
from core.advisories.matching import Matcher
from core.answers.whatif import WhatIf, WouldBeFinding
from core.domain.findings import Finding
from core.domain.values import ImageName
from core.errors import AdvisoriesError, InvalidInput
from core.fleet.queries import FleetQueries, affected
from core.query.parameters import Parameters

MOST = 1_000
"""Findings that an answer lists."""
MOST_RECORDS = 500


class OsvRecord(msgspec.Struct, frozen=True):
    """What a record of the OSV schema says at least; all else it says is read, too."""

    id: str
    modified: str


class WhatIfQueries:
    """Answers with what the fleet would have."""

    def __init__(self, fleet: FleetQueries) -> None:
        self._fleet = fleet

    async def ask(self, document: bytes, given: Mapping[str, str]) -> WhatIf:
        """What these records, OSV as JSON, one or a list of them, would bring. InvalidInput where
        none of them can be understood."""
        Parameters(given, known=frozenset())
        records = _records(document)
        with tempfile.TemporaryDirectory(prefix="whatif-") as folder:
            compiled = await asyncio.to_thread(_compiled, records, Path(folder))
            refused = {str(reason): count for reason, count in compiled.refused.items()}
            if not compiled.advisories:
                reasons = ", ".join(refused) or "there are none"
                raise InvalidInput(f"no advisory could be read in it: {reasons}")
            with Advisories.open(compiled.path) as advisories:
                return await self._found(Matcher(advisories), compiled, refused)

    async def _found(
        self, matcher: Matcher, compiled: Compiled, refused: Mapping[str, int]
    ) -> WhatIf:
        images, all_findings = 0, 0
        value: list[WouldBeFinding] = []
        async for holder in self._fleet.holders(affected(matcher)):
            images += 1
            findings = [finding for _, some in holder.packages for finding in some]
            all_findings += len(findings)
            room = MOST - len(value)
            value += [_shown(holder.image, finding) for finding in findings[:room]]
        return WhatIf(
            advisories=compiled.advisories,
            refused=dict(refused),
            images=images,
            value=value,
            whole=all_findings == len(value),
        )


def _records(document: bytes) -> list[msgspec.Raw]:
    try:
        if document.lstrip().startswith(b"["):
            records = msgspec.json.decode(document, type=list[msgspec.Raw])
        else:
            msgspec.json.decode(document, type=dict[str, msgspec.Raw])
            records = [msgspec.Raw(document)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"this is no OSV record, and no list of them: {error}") from error
    if len(records) > MOST_RECORDS:
        raise InvalidInput(f"ask about at most {MOST_RECORDS} records at a time")
    return records


def _compiled(records: list[msgspec.Raw], folder: Path) -> Compiled:
    """A database of them, each in a file of its own."""
    source = folder / "records"
    source.mkdir()
    for number, record in enumerate(records):
        (source / f"{number:04d}.json").write_bytes(bytes(record))
    try:
        return compile_database([source], folder / "advisories.sqlite")
    except AdvisoriesError as error:
        raise InvalidInput(f"no advisory could be read in it: {error}") from error


def _shown(image: ImageName, finding: Finding) -> WouldBeFinding:
    return WouldBeFinding(
        registry=image.registry,
        repository=image.repository,
        digest=image.digest,
        id=finding.id,
        severity=finding.severity,
        package=finding.package,
        version=finding.version,
        fixed=finding.fixed,
        purl=finding.purl,
    )
