"""Puts a fleet that was assessed into the log."""

import asyncio
from collections.abc import Sequence

from bench.found_data import FoundFleet
from bench.stories import SUBSCRIPTION, Story, assessment, inventory, push, tell
from core.domain.advisories import ADVISORIES
from core.domain.ids import advisories_stream
from core.domain.values import Artifact, ImageName
from core.log.handle import current
from core.log.interface import EventLog
from core.storage.interface import Artifacts, artifact_of

REGISTRIES = ("fleet-one.azurecr.io", "fleet-two.azurecr.io", "fleet-three.azurecr.io")
_NONE = Artifact(sha256="0" * 64, size=0)


def names(fleet: FoundFleet, registries: Sequence[str] = REGISTRIES) -> list[ImageName]:
    """The images of a fleet, whose registries have equal shares of its applications."""
    count = fleet.images
    return [fleet.name(at, registries[at * len(registries) // count]) for at in range(count)]


async def fill(
    log: EventLog,
    artifacts: Artifacts,
    fleet: FoundFleet,
    *,
    registries: Sequence[str] = REGISTRIES,
    subscription: str = SUBSCRIPTION,
) -> None:
    """Append every image: pushed, inventoried, and assessed with the advisories in force. What is
    there already stays as it is."""
    images = names(fleet, registries)
    published = await current(log, ADVISORIES, advisories_stream())
    advisories, version = published.database or _NONE, max(1, published.version)
    kept: set[str] = set()

    async def keep(content: bytes) -> Artifact:
        """Builds of one application have the same: it is sent once."""
        artifact = artifact_of(content)
        if artifact.sha256 not in kept:
            await artifacts.put(content)
            kept.add(artifact.sha256)
        return artifact

    async def story(number: int) -> Story:
        build, image = fleet.build(number), images[number]
        bom, found = await asyncio.gather(keep(build.sbom), keep(build.findings))
        return (
            push(image, fleet.tag(number), subscription),
            inventory(image, bom, packages=build.packages, distribution="debian 11"),
            assessment(
                image, found, build.counts, advisories, patchable=build.patchable, version=version
            ),
        )

    await tell(log, "found", images, story)
