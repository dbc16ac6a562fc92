"""Makes a past: images that were scanned once, and given another verdict a few times since."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from bench.fleet_filling import image_name
from core.domain.events import Source
from core.domain.ids import command_id, image_stream, scan_id
from core.domain.image import IMAGE, Command
from core.domain.image import commands as c
from core.domain.values import Artifact, Platform, SeverityCounts
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog

VERDICTS = 4
"""Times that every image was given another verdict."""
_BOM = Artifact(sha256="b" * 64, size=20_000)


async def fill(log: EventLog, images: int) -> datetime:
    """Append everything; the moment before the last verdicts."""
    await _all(log, images, "push", _push)
    await _all(log, images, "inventory", _inventory)
    await _all(log, images, "assess", _assess)
    for version in range(2, VERDICTS + 1):
        await _all(log, images, f"reassess-{version}", partial(_reassess, version))
    moment = datetime.now(UTC)
    await _all(log, images, "last", partial(_reassess, VERDICTS + 1))
    return moment


async def _all(log: EventLog, images: int, what: str, command: Callable[[int], Command]) -> None:
    asked = [
        Asked(
            stream=image_stream(image_name(number)),
            command=command(number),
            cause=Cause(command=command_id(what, number), correlation="bench", causation="bench"),
        )
        for number in range(images)
    ]
    await handle_many(log, IMAGE, asked)


def _push(number: int) -> Command:
    return c.RecordPush(
        image=image_name(number),
        subscription="00000000-0000-4000-8000-000000000001",
        tag=f"v{number}",
        media_type="application/vnd.oci.image.manifest.v1+json",
        size=1000,
        source=Source.PUSH,
        pushed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _inventory(number: int) -> Command:
    return c.RecordInventory(
        scan=scan_id(image_stream(image_name(number)), 1),
        attempt=0,
        bom=_BOM,
        platform=Platform(os="linux", architecture="amd64"),
        distribution="debian 12",
        cataloger="trivy 0.76.0",
        packages=250,
        unidentified=0,
    )


def _assess(number: int) -> Command:
    return c.RecordAssessment(
        scan=scan_id(image_stream(image_name(number)), 1),
        findings=_artifact("f", 1),
        counts=_counts(1),
        patchable=1,
        uncompared=0,
        advisories=_artifact("a", 1),
        advisories_version=1,
    )


def _reassess(version: int, number: int) -> Command:
    return c.Reassess(
        bom=_BOM,
        findings=_artifact("f", version),
        counts=_counts(version),
        patchable=version,
        uncompared=0,
        advisories=_artifact("a", version),
        advisories_version=version,
    )


def _artifact(letter: str, version: int) -> Artifact:
    return Artifact(sha256=letter * 60 + f"{version:04d}", size=40_000)


def _counts(version: int) -> SeverityCounts:
    return SeverityCounts(critical=1, high=version, medium=3, low=4, negligible=5, unknown=0)
