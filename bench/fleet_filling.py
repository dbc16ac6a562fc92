"""Makes a fleet: images that are pushed and inventoried, and wait for advisories.

Through the log's own append, many images to a transaction, as a bulk job would.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import batched

from bench.fleet_data import FleetData
from core.domain.events import Source
from core.domain.ids import StreamId, command_id, image_stream, scan_id
from core.domain.image import IMAGE
from core.domain.image import commands as c
from core.domain.values import Artifact, ImageName, Platform
from core.log import codec
from core.log.interface import Append, Appended, EventLog, Lost, Stream
from core.storage.interface import Artifacts

GROUP = 12
"""Images of one transaction: three events each are eight rows, of the hundred that it holds."""
_PUSHED = datetime(2026, 1, 1, tzinfo=UTC)


def image_name(number: int) -> ImageName:
    """One image of the fleet."""
    return ImageName(
        registry="fleet.azurecr.io",
        repository=f"team-{number % 50}/app-{number % 500}",
        digest=f"sha256:{number:064x}",
    )


async def fill(log: EventLog, artifacts: Artifacts, data: FleetData) -> None:
    """Append every image of the fleet."""
    by_shard: dict[int, list[int]] = {}
    for number in range(data.images):
        shard = log.shard_of(image_stream(image_name(number)))
        by_shard.setdefault(shard, []).append(number)
    await asyncio.gather(*(_shard(log, artifacts, data, some) for some in by_shard.values()))


async def _shard(
    log: EventLog, artifacts: Artifacts, data: FleetData, numbers: Sequence[int]
) -> None:
    for group in batched(numbers, GROUP, strict=False):
        boms = [await artifacts.put(data.image(number).sbom()) for number in group]
        appends = [_append(*pair) for pair in zip(group, boms, strict=True)]
        while any(isinstance(answer, Lost) for answer in await _append_all(log, appends)):
            await asyncio.sleep(0.1)


async def _append_all(log: EventLog, appends: Sequence[Append]) -> Sequence[Appended | Lost]:
    return await log.append(appends, now=datetime.now(UTC))


def _append(number: int, bom: Artifact) -> Append:
    name = image_name(number)
    stream = image_stream(name)
    push = c.RecordPush(
        image=name,
        subscription="00000000-0000-4000-8000-000000000001",
        tag=f"v{number}",
        media_type="application/vnd.oci.image.manifest.v1+json",
        size=1000,
        source=Source.PUSH,
        pushed_at=_PUSHED,
    )
    pushed = IMAGE.decide(IMAGE.initial, push)
    image = IMAGE.fold(IMAGE.initial, pushed)
    taken = IMAGE.decide(image, _inventory(stream, bom))
    return Append(
        stream=Stream(id=stream, version=0, fold=None, fold_schema="", etag=None),
        events=(*pushed, *taken),
        command=command_id("bench", stream),
        correlation="bench",
        causation="bench",
        fold=codec.encode_state(IMAGE.fold(image, taken)),
        fold_schema=IMAGE.fold_schema,
    )


def _inventory(stream: StreamId, bom: Artifact) -> c.RecordInventory:
    return c.RecordInventory(
        scan=scan_id(stream, 1),
        attempt=0,
        bom=bom,
        platform=Platform(os="linux", architecture="amd64"),
        distribution=None,
        cataloger="trivy 0.76.0",
        packages=250,
        unidentified=0,
    )
