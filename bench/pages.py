"""How fast pages are in a browser, and how much they bring, with a whole fleet behind them.

`PAGES_IMAGES` says how many images there are, with 50 findings each (10,000 in the project's own
target). Time runs in the browser, from the click to the end of loading; parts of the overview that
arrive later have a line of their own. Later views are of somebody who goes on in the same tab, once
the page before has come to rest: a new tab for each would measure how a browser starts processes.
"""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.async_api import Browser, Page, async_playwright
from rich.console import Console

from bench.fill import fill_storage, follow_storage
from bench.found_data import FINDINGS, FoundFleet
from bench.found_filling import REGISTRIES
from bench.sections import Section
from bench.served import Served, served
from bench.stores import tables, told
from core.access.roles import Role
from core.answers.operations import FollowersStanding
from core.errors import ConfigurationError
from functions.browsers import COOKIE

IMAGES = 1_000
TIMES = 7
"""Later views of each page; the median counts."""

_LOOK = 5.0
"""Seconds between two looks at what has yet to be followed."""
_UNTOLD = {"PRATIQUE_TOPIC_ENDPOINT": ""}
"""Nobody is told of the fleet: ten thousand images that are suddenly unhealthy are as many notices,
which keep a host busy for half an hour, each of them sent by itself."""
_FOLLOWING = 3_600.0
"""Seconds for whatever follows the log of a fleet that was filled in; far more than 10,000 images
take on a machine that does nothing else."""
_SETTLING = 600.0
"""Seconds for the host to find that nothing is left to do."""
_LONGEST = 300_000
"""Milliseconds: what takes minutes is told, and not given up."""

_TIMING = """() => {
  const [page] = performance.getEntriesByType('navigation');
  const all = [page, ...performance.getEntriesByType('resource')];
  return [page.loadEventEnd, all.reduce((bytes, one) => bytes + one.transferSize, 0)];
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """One view of a page."""

    milliseconds: float
    kilobytes: float


async def measure(folder: Path) -> Sequence[Section]:
    """Fill a stack, then look at its pages."""
    count = int(os.environ.get("PAGES_IMAGES", IMAGES))
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise ConfigurationError("no Chromium: `make setup` installs it")
    async with (
        tables(folder) as url,
        served(folder, vulnerable=10, tables=url, settings=_UNTOLD) as stack,
        async_playwright() as playwright,
    ):
        await _fill(stack, FoundFleet(images=count, findings=FINDINGS), folder / "filling")
        browser = await playwright.chromium.launch(executable_path=Path(found))
        await (await browser.new_page()).close()  # it is a page that is measured, not the start
        rows = await _rows(browser, stack)
        await browser.close()
    return [
        Section(
            title="Pages in a browser",
            measured=f"{count:,} images with {count * FINDINGS:,} findings, Chromium on the local"
            f" stack over {told()};"
            f" the median of {TIMES} later views in the same tab. First: nothing kept by the"
            " browser. The app's process was asked for its health before the overview, and for the"
            " pages above before each of the others.",
            columns=("page", "first, ms", "first, kB", "later, ms", "later, kB"),
            rows=rows,
        )
    ]


async def _fill(stack: Served, fleet: FoundFleet, folder: Path) -> None:
    """Put the fleet into the stack, and all that follows from it. The host stands still meanwhile:
    two that follow one log would do everything twice, and the host does it a row at a time."""
    console, storage = Console(stderr=True), stack.stack.storage_connection
    with _standing_still(stack.pid("host")):
        await fill_storage(storage, fleet, folder=folder, registries=REGISTRIES, console=console)
        await follow_storage(storage, folder=folder, limit=_FOLLOWING, console=console)
    await _followed(stack)


@contextmanager
def _standing_still(pid: int) -> Iterator[None]:
    """No instruction of that process is carried out."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def _followed(stack: Served) -> None:
    """Wait until nothing that follows the log has anything left: not that is to be measured.
    ConfigurationError that says what has, where it takes too long."""
    end, told = time.monotonic() + _SETTLING, "the host does not answer"
    while time.monotonic() < end:
        followers = await stack.ask("manage/projections", FollowersStanding)
        if followers is not None:
            behind = [f"{one.name} by {one.lag:,} events" for one in followers.value if one.lag]
            if not behind:
                return
            told = f"still behind: {', '.join(behind)}"
        await asyncio.sleep(_LOOK)
    raise ConfigurationError(f"the host did not come to rest within {_SETTLING:.0f} s: {told}")


async def _rows(browser: Browser, stack: Served) -> list[list[str]]:
    image = await _an_image(stack)
    places = {
        "overview": "/",
        "  what needs somebody": "/attention",
        "  since yesterday": "/changes",
        "  over time": "/trend",
        "images": "/images",
        "images, filtered": "/images?health=Unhealthy&severity=critical",
        "search": "/search?q=app",
        "registries": "/registries",
        "an image": f"/images/{image}",
        "rules": "/rules",
        "billing": "/billing",
        "operations": "/operations",
    }
    return [[name, *await _views(browser, stack, path)] for name, path in places.items()]


async def _views(browser: Browser, stack: Served, path: str) -> list[str]:
    """One page: a first view by a new browser, and later ones in the same tab."""
    context = await browser.new_context()
    token = stack.stack.issuer.token(Role.ADMINISTRATOR)
    await context.add_cookies([{"name": COOKIE, "value": token, "url": stack.stack.http}])
    tab, address = await context.new_page(), f"{stack.stack.http}{path}"
    first, *later = [await _view(tab, address) for _ in range(TIMES + 1)]
    await context.close()
    return [
        f"{first.milliseconds:.0f}",
        f"{first.kilobytes:.0f}",
        f"{median(one.milliseconds for one in later):.0f}",
        f"{median(one.kilobytes for one in later):.0f}",
    ]


async def _view(tab: Page, address: str) -> Viewed:
    await tab.goto(address, wait_until="load", timeout=_LONGEST)
    milliseconds, size = await tab.evaluate(_TIMING)
    await tab.wait_for_load_state("networkidle", timeout=_LONGEST)
    return Viewed(milliseconds=float(milliseconds), kilobytes=float(size) / 1000)


async def _an_image(stack: Served) -> str:
    async with stack.client.get("/api/images", params={"limit": "1"}) as response:
        (image,) = (await response.json())["value"]
    return f"{image['registry']}/{image['repository']}/{image['digest']}"
