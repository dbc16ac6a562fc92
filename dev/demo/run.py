"""Pushes images, all at once, and follows each to its verdict through the API."""

import asyncio
import time
from collections.abc import Callable, Sequence

from core.errors import PratiqueError
from dev.demo.api import Api, ApiFailed, Image
from dev.demo.journey import Journey, Subject
from dev.stack.background import dead
from dev.stack.skopeo import SkopeoFailed, delete, push
from dev.stack.stack import Stack

POLL_SECONDS = 0.25
"""How long to wait before the API is asked again."""

type Watch = Callable[[Sequence[Journey]], None]
"""Is shown the journeys whenever they may have changed."""


class DemoFailed(PratiqueError):
    """The demo could not go on; the message says why, and where to look."""


async def travel(
    stack: Stack, api: Api, subjects: Sequence[Subject], *, watch: Watch, seconds: float
) -> list[Journey]:
    """Push them, and follow them until each has its verdict or that many seconds are over.

    An earlier demo's images are deleted first: a digest whose verdict is current is not scanned
    again, and there would be nothing to see. Raises SkopeoFailed where an image cannot be pushed,
    and DemoFailed where a part of the stack has died.
    """
    journeys = [Journey(subject=subject) for subject in subjects]
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            await _clear(stack, api, {subject.repository for subject in subjects})
            for journey in journeys:
                tasks.create_task(_push(stack, journey))
            await _follow(stack, api, journeys, watch)
    except TimeoutError:
        pass  # whoever is not there yet shows it
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return journeys


async def _push(stack: Stack, journey: Journey) -> None:
    subject = journey.subject
    digest = await push(subject.source, stack.registry, subject.repository, subject.tag)
    journey.arrive(digest, time.monotonic())


async def _follow(stack: Stack, api: Api, journeys: Sequence[Journey], watch: Watch) -> None:
    while travelling := [journey for journey in journeys if journey.seconds is None]:
        await _look(stack, api, travelling)
        watch(journeys)
        await asyncio.sleep(POLL_SECONDS)


async def _look(stack: Stack, api: Api, journeys: Sequence[Journey]) -> None:
    """Ask for all images at once; an API that is busy is asked again later."""
    try:
        images = await api.images(journeys[0].subject.repository if len(journeys) == 1 else None)
    except ApiFailed:
        gone = dead(stack)
        if gone:
            raise DemoFailed(f"{gone[0].name} has died; its log is {gone[0].log}") from None
        return
    now = time.monotonic()
    for journey in journeys:
        journey.see([one for one in images if one.repository == journey.subject.repository], now)


async def _clear(stack: Stack, api: Api, repositories: set[str]) -> None:
    """Delete whatever is in these repositories, and wait until the API says so too."""
    earlier = [image for image in await api.images() if image.repository in repositories]
    deleted = {image.digest for image in earlier if await _delete(stack, image)}
    while any(
        image.repository in repositories and image.digest in deleted for image in await api.images()
    ):
        await asyncio.sleep(POLL_SECONDS)


async def _delete(stack: Stack, image: Image) -> bool:
    """Delete an image; False when the registry has no such image any more."""
    try:
        await delete(stack.registry, image.repository, image.digest)
    except SkopeoFailed:
        return False
    return True
