"""Makes a past: images that were scanned once, and given another verdict a few times since."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bench.fleet_filling import image_name
from bench.stories import Story, assessment, inventory, push, tell
from core.domain.image import commands as c
from core.domain.values import Artifact, SeverityCounts
from core.log.interface import EventLog

VERDICTS = 4
"""Times that every image was given another verdict."""
_BOM = Artifact(sha256="b" * 64, size=20_000)


async def fill(log: EventLog, images: int) -> datetime:
    """Append everything; the moment before the last verdicts."""
    names = [image_name(number) for number in range(images)]

    async def first(number: int) -> Story:
        name = names[number]
        found, advisories = _artifact("f", 1), _artifact("a", 1)
        return (
            push(name, f"v{number}"),
            inventory(name, _BOM, distribution="debian 12"),
            assessment(name, found, _counts(1), advisories, patchable=1),
        )

    await tell(log, "first", names, first)
    for version in range(2, VERDICTS + 1):
        await tell(log, f"reassess-{version}", names, _reassess(version))
    moment = datetime.now(UTC)
    await tell(log, "last", names, _reassess(VERDICTS + 1))
    return moment


def _reassess(version: int) -> Callable[[int], Awaitable[Story]]:
    reassess = c.Reassess(
        bom=_BOM,
        findings=_artifact("f", version),
        counts=_counts(version),
        patchable=version,
        uncompared=0,
        advisories=_artifact("a", version),
        advisories_version=version,
    )

    async def story(number: int) -> Story:
        return (reassess,)

    return story


def _artifact(letter: str, version: int) -> Artifact:
    return Artifact(sha256=letter * 60 + f"{version:04d}", size=40_000)


def _counts(version: int) -> SeverityCounts:
    return SeverityCounts(critical=1, high=version, medium=3, low=4, negligible=5, unknown=0)
