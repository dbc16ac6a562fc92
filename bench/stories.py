"""Images made by the thousand: what happened to one takes effect at once, many to a transaction.

Views show it when they were brought to the log's end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from itertools import batched

from core.domain.decider import Decider
from core.domain.events import ImageEvent, Source
from core.domain.ids import command_id, image_stream, scan_id
from core.domain.image import IMAGE, Command, Image
from core.domain.image import commands as c
from core.domain.values import Artifact, ImageName, Platform, SeverityCounts
from core.errors import StorageUnavailable
from core.log.bulk import TOGETHER, Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.projections.runner import Runner

type Story = Sequence[Command]
"""Commands to an image, one after the other."""

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
_PUSHED = datetime(2026, 1, 1, tzinfo=UTC)


def _decide(image: Image, story: Story) -> Sequence[ImageEvent]:
    events: list[ImageEvent] = []
    for command in story:
        news = IMAGE.decide(image, command)
        image = IMAGE.fold(image, news)
        events += news
    return events


STORIES: Decider[Image, Story, ImageEvent] = Decider(
    kind=IMAGE.kind,
    schema=IMAGE.schema,
    state=IMAGE.state,
    initial=IMAGE.initial,
    evolve=IMAGE.evolve,
    decide=_decide,
)
"""The image's own decisions, several of them at once."""


async def tell(
    log: EventLog,
    what: str,
    images: Sequence[ImageName],
    story: Callable[[int], Awaitable[Story]],
) -> None:
    """Make each image's story, by its place, take effect once. All shards are written to at the
    same time; `what` tells this story from others about the same images."""
    places: dict[int, list[int]] = {}
    for place, image in enumerate(images):
        places.setdefault(log.shard_of(image_stream(image)), []).append(place)

    async def shard(mine: Sequence[int]) -> None:
        for some in batched(mine, TOGETHER, strict=False):
            asked = [_asked(what, images[place], await story(place)) for place in some]
            await handle_many(log, STORIES, asked)

    await asyncio.gather(*map(shard, places.values()))


async def show(log: EventLog, runner: Runner) -> None:
    """Bring every view to the log's end, all shards at once, and again where storage did not
    answer: as a queue's hints would."""
    waiting = set(range(log.shards))
    while waiting:
        shards = sorted(waiting)
        ends = await asyncio.gather(*map(runner.catch_up, shards), return_exceptions=True)
        for end in ends:
            if isinstance(end, ExceptionGroup) and end.split(StorageUnavailable)[1] is None:
                continue
            if isinstance(end, BaseException):
                raise end
        waiting = {shard for shard, end in zip(shards, ends, strict=True) if end is not None}


def _asked(what: str, image: ImageName, story: Story) -> Asked[Story]:
    stream = image_stream(image)
    cause = Cause(command=command_id(what, stream), correlation="bench", causation="bench")
    return Asked(stream=stream, command=story, cause=cause)


def push(image: ImageName, tag: str, subscription: str = SUBSCRIPTION) -> c.RecordPush:
    """An image is pushed, with a tag."""
    return c.RecordPush(
        image=image,
        subscription=subscription,
        tag=tag,
        media_type="application/vnd.oci.image.manifest.v1+json",
        size=1000,
        source=Source.PUSH,
        pushed_at=_PUSHED,
    )


def inventory(
    image: ImageName, bom: Artifact, *, packages: int = 250, distribution: str | None = None
) -> c.RecordInventory:
    """The first scan brings its packages."""
    return c.RecordInventory(
        scan=scan_id(image_stream(image), 1),
        attempt=0,
        bom=bom,
        platform=Platform(os="linux", architecture="amd64"),
        distribution=distribution,
        cataloger="trivy 0.76.0",
        packages=packages,
        unidentified=0,
    )


def assessment(
    image: ImageName,
    findings: Artifact,
    counts: SeverityCounts,
    advisories: Artifact,
    *,
    patchable: int,
    version: int = 1,
) -> c.RecordAssessment:
    """The first scan ends with these findings."""
    return c.RecordAssessment(
        scan=scan_id(image_stream(image), 1),
        findings=findings,
        counts=counts,
        patchable=patchable,
        uncompared=0,
        advisories=advisories,
        advisories_version=version,
    )
