"""One stack whose time can be moved, private to these stories: they make months of it."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from dev.images.hand import hand_advisories
from dev.publish import publish_advisories
from dev.stack.options import Options
from dev.stack.process import stop
from dev.stack.registry import IMAGES, start_registry
from dev.stack.stack import running_stack
from tests.e2e.push_to_findings.client import Client
from tests.e2e.weeks.story import COMPANION, Door, Story, World

LONG = 20 * 365 * 24 * 3600
"""Seconds for which whoever reads the stories is signed in: their time does not stand still."""


BY_HAND = {
    f"AzureWebJobs.{timer}.Disabled": "true"
    for timer in ("pulls", "reassess", "reconcile", "rescan")
}
"""Timers that a story fires itself: at a wrong moment they would make another story of it."""


@pytest.fixture(scope="package")
async def world() -> AsyncIterator[World]:
    """A whole stack, with an advisory in force of which no image knows anything."""
    async with AsyncExitStack() as ending:
        made = ending.enter_context(tempfile.TemporaryDirectory(prefix="pratique-e2e-"))
        Path(made).chmod(0o755)  # sandboxes have their rooms below it
        folder = Path(made, "stack")
        stack = await ending.enter_async_context(
            running_stack(folder, Options(movable_clock=True, settings=BY_HAND))
        )
        unknown = Path(made, "unknown.jsonl")
        unknown.write_bytes(hand_advisories(9).splitlines(keepends=True)[-1])
        await publish_advisories(stack, [unknown])
        side = await start_registry(folder / "side", notify=None, images=folder / IMAGES)
        ending.push_async_callback(stop, side.process)
        [registry] = [one for one in stack.processes if one.name == "registry"]
        door = Door(folder=folder, address=stack.registry, process=registry)
        session = await ending.enter_async_context(aiohttp.ClientSession())
        client = Client(stack=stack, session=session, signed_in=LONG)
        world = World(client=client, door=door, side=side)
        companion = Story(world=world, repository=COMPANION)
        await companion.pushed()
        world.companion = companion.digest
        yield world
        await stop(door.process)


@pytest.fixture
def tale(world: World, request: pytest.FixtureRequest) -> Story:
    """The story of one image, in a repository of its own."""
    name = str(request.node.originalname).removeprefix("test_").replace("_", "-")
    return Story(world=world, repository=f"weeks/{name[:100].rstrip('-')}")
