"""Watches a running product while many images go through it: verdicts, slots, sandboxes."""

import asyncio
import time
from pathlib import Path

import msgspec

from bench.served import Served
from core.scanning.slots import Slots
from dev.stack.stack import SANDBOXES

_LOOK = 1.0
"""Seconds between two looks."""


class _Scan(msgspec.Struct):
    attempt: int


class _Image(msgspec.Struct):
    health: str
    freshness: str
    severities: dict[str, int]
    scan: _Scan | None


class _Images(msgspec.Struct):
    value: list[_Image]


class Watch:
    """What the looks have shown so far."""

    def __init__(self, product: Served, *, findings: int) -> None:
        """An image is done when its verdict is current and rests on that many findings."""
        self._product = product
        self._findings = findings
        self._rooms = Path(product.stack.folder, SANDBOXES)
        self.done = 0
        self.retried = 0
        """Images that needed more than one attempt."""
        self.most_slots = 0
        """Slots that were taken at a time."""
        self.most_rooms = 0
        """Sandboxes that had a folder at a time, whatever the slots said."""

    async def until(self, images: int, *, patience: float) -> float:
        """Look until so many images are done, or patience ends; the seconds that took."""
        began = time.monotonic()
        table = await self._product.account.tables.open("slots")
        slots = Slots(table, total=0, reserved=0)
        while self.done < images and time.monotonic() - began < patience:
            await asyncio.sleep(_LOOK)
            self.most_slots = max(self.most_slots, len(await slots.taken()))
            self.most_rooms = max(self.most_rooms, sum(1 for _ in self._rooms.glob("*")))
            await self._count()
        return time.monotonic() - began

    async def _count(self) -> None:
        """Count the images; one page holds as many as any bench pushes."""
        shown = await self._product.ask("images", _Images, {"limit": "500"})
        images = shown.value if shown else []
        self.done = sum(self._is_done(image) for image in images)
        self.retried = sum(image.scan is not None and image.scan.attempt > 1 for image in images)

    def _is_done(self, image: _Image) -> bool:
        found = sum(image.severities.values())
        return (image.freshness, found) == ("Current", self._findings)
