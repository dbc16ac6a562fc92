"""Makes a fleet: images that are pushed and inventoried, and wait for advisories."""

from bench.fleet_data import FleetData
from bench.stories import Story, inventory, push, tell
from core.domain.values import ImageName
from core.log.interface import EventLog
from core.storage.interface import Artifacts


def image_name(number: int) -> ImageName:
    """One image of the fleet."""
    return ImageName(
        registry="fleet.azurecr.io",
        repository=f"team-{number % 50}/app-{number % 500}",
        digest=f"sha256:{number:064x}",
    )


async def fill(log: EventLog, artifacts: Artifacts, data: FleetData) -> None:
    """Append every image of the fleet."""
    images = [image_name(number) for number in range(data.images)]

    async def story(number: int) -> Story:
        bom = await artifacts.put(data.image(number).sbom())
        return push(images[number], f"v{number}"), inventory(images[number], bom)

    await tell(log, "fleet", images, story)
