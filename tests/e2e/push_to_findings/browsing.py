"""Somebody with a browser: Debian's Chromium, driven by Playwright, on the pages of the stack."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, Request, async_playwright, expect

from core.access.roles import Role
from dev.stack.process import ROOT
from dev.stack.stack import Stack
from functions.browsers import COOKIE

CHROMIUM = ("chromium", "chromium-browser")
"""What Debian and Ubuntu call it."""
PICTURES = ROOT / ".run" / "pages"
"""Where pictures of every page are left, for whoever wants to look at them."""
AXE = ROOT / "dev" / "azurite" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""What axe-core holds pages against."""

type Scheme = Literal["light", "dark"]

HEIGHT = 860
WAYS: Mapping[Scheme, int] = {"light": 1280, "dark": 390}
"""How wide the window is in which light."""


_PARTS_OF_A_DATE = 6
"""Stops of the Tab key in a field of a date and time, more than its one."""
_WATCH_FOCUS = """() => {
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  window.wanted = [...document.querySelectorAll(controls)].filter(
    one => !one.disabled && one.checkVisibility({ visibilityProperty: true }));
  window.seen = new Set();
  document.addEventListener("focusin", ({ target }) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    if (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) seen.add(target);
  });
  return wanted.length;
}"""
_NOT_SEEN = """() => {
  document.activeElement.blur();
  scrollTo(0, 0);
  return wanted.filter(one => !seen.has(one)).map(one => one.outerHTML.slice(0, 150));
}"""


_OUTSIZE = """() => [document.scrollingElement, ...document.querySelectorAll("td, tbody th")]
  .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 150))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A page that is looked at, and what went wrong meanwhile."""

    page: Page
    stack: Stack
    trouble: list[str] = field(default_factory=list)
    """What the browser complained of, and what was asked of anybody else."""

    async def at(self, path: str) -> None:
        """Go there, and wait for what arrives later."""
        await self.page.goto(f"{self.stack.http}{path}")
        await expect(self.page.locator("[data-part][aria-busy]")).to_have_count(0, timeout=30_000)

    async def picture(self, name: str) -> None:
        """Leave a picture of it."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    async def barriers(self) -> list[str]:
        """What keeps people out, as axe-core finds it."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate(
            "async (tags) => (await axe.run({runOnly: tags, resultTypes: ['violations']}))"
            ".violations.map(one => `${one.id}: ${one.nodes[0].html}`)",
            list(RULES),
        )
        return [str(one) for one in found]

    async def turn(self, scheme: Scheme, width: int) -> None:
        """See the same page, which is not loaded again, in another light and width."""
        await self.page.emulate_media(color_scheme=scheme)
        await self.page.set_viewport_size({"width": width, "height": HEIGHT})

    async def inspect(self, name: str) -> list[str]:
        """Look at it on a desk by day and on a phone by night, and leave a picture of each: what
        keeps somebody out."""
        found: list[str] = []
        for scheme, width in WAYS.items():
            await self.turn(scheme, width)
            found += [f"{name}, {scheme}: {one}" for one in await self.barriers()]
            found += [f"{name}, {scheme}: this sticks out: {one}" for one in await self.outsize()]
            await self.picture(f"{name}-{scheme}")
        return found

    async def unreached(self) -> list[str]:
        """What the Tab key does not lead to, or leads to without anybody seeing where they are."""
        await self.turn("light", WAYS["light"])
        for _ in range(int(await self.page.evaluate(_WATCH_FOCUS)) + _PARTS_OF_A_DATE):
            await self.page.keyboard.press("Tab")
        return [str(one) for one in await self.page.evaluate(_NOT_SEEN)]

    async def outsize(self) -> list[str]:
        """What is wider than the place that it has: the page itself, or what is in a cell, which
        then lies over the next one."""
        return [str(one) for one in await self.page.evaluate(_OUTSIZE)]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of its own."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found is not None, "no Chromium: `make setup` installs it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=Path(found))
        yield browser
        await browser.close()


@asynccontextmanager
async def looking(
    browser: Browser,
    stack: Stack,
    *,
    role: Role | None = Role.ADMINISTRATOR,
    scheme: Scheme = "light",
    width: int = 1280,
) -> AsyncIterator[Look]:
    """Somebody of that role looks, with a window of that width."""
    context = await browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": HEIGHT},
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    if role is not None:
        token = stack.issuer.token(role)
        await context.add_cookies([{"name": COOKIE, "value": token, "url": stack.http}])
    look = Look(page=await context.new_page(), stack=stack)

    def asked(request: Request) -> None:
        if not request.url.startswith((stack.http, "data:")):
            look.trouble.append(f"asked of {request.url}")

    look.page.on("request", asked)
    look.page.on("pageerror", lambda error: look.trouble.append(str(error)))
    look.page.on(
        "console",
        lambda said: look.trouble.append(said.text) if said.type in ("error", "warning") else None,
    )
    yield look
    await context.close()
