"""Asks the API for what the demo ends with, and prints it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.text import Text

from core.domain.values import Health
from dev.demo import report
from dev.demo.api import Api, Image
from dev.demo.failures import explain
from dev.demo.journey import Journey
from dev.stack.stack import Stack

MOST = 100
"""Findings of one's own image that are asked for."""

_TRIES = 20
"""How often the ledger is asked, as it may be a moment behind the verdicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of one demo."""

    console: Console
    stack: Stack
    api: Api

    async def verdicts(self, journeys: Sequence[Journey]) -> bool:
        """The table, and a word about whoever is not where it should be; whether all are."""
        self.console.print(report.verdicts(journeys, width=self.console.width))
        bad = [journey for journey in journeys if not journey.good]
        for journey in bad:
            self.say(await explain(journey, self.api, self.stack))
        return not bad

    async def details(self, journeys: Sequence[Journey]) -> None:
        """What indexes are made of, and what was billed."""
        for journey in journeys:
            if journey.image is not None and journey.image.children:
                self.console.print(report.children(journey))
        month = datetime.now(UTC).strftime("%Y-%m")
        billed = await self._billed(month, report.assessed(journeys))
        self.console.print(report.billed(journeys, billed, month))

    async def farewell(self, journeys: Sequence[Journey]) -> None:
        """How to go on."""
        month = datetime.now(UTC).strftime("%Y-%m")
        self.say(f"\nLook at it; this signs a browser in:\n  {self.stack.pages}")
        self.say("\nGo on with:")
        paths = [*await self._paths(journeys), f"/api/billing?month={month}", "/api/summary"]
        for line in report.commands(self.stack.http, Path(self.stack.folder).parent, paths):
            self.say(f"  {line}")
        self.say("\nThe stack still runs: `make down` ends it.")

    async def findings(self, journey: Journey) -> None:
        """An image's worst findings; of an index, those of its worst image."""
        image = await self._scanned(journey)
        if image is None:
            return
        if image is not journey.image:
            self.say(f"The worst of its images is {image.digest}:")
        if image.health is Health.UNHEALTHY:
            self.console.print(report.worst(await self.api.findings(image, limit=MOST)))
        if image.inventory is not None and image.inventory.uncompared:
            self.console.print(report.gap(image.inventory))

    def say(self, line: str) -> None:
        """A line as it is: not wrapped, since it may be a command, and not read as markup."""
        self.console.print(Text(line), soft_wrap=True)

    async def _billed(self, month: str, wanted: set[str]) -> set[str]:
        """The digests billed in that month. Not waited for without end: they may have been billed
        in another one."""
        billed = await self.api.billed(month)
        for _ in range(_TRIES):
            if wanted <= billed:
                break
            await asyncio.sleep(0.25)
            billed = await self.api.billed(month)
        return billed

    async def _paths(self, journeys: Sequence[Journey]) -> list[str]:
        """What else to ask the API about these images."""
        paths = ["/api/images?health=unhealthy"]
        bad = [each for each in journeys if each.image and each.image.health is Health.UNHEALTHY]
        image = await self._scanned(bad[0]) if bad else None
        if image is None:
            return paths
        links, [worst] = image.links, (await self.api.findings(image, limit=1)).value
        about = [links.self, f"{links.findings}?severity=high", links.sbom]
        return [*paths, *about, f"/api/findings?cve={quote(worst.id, safe='')}"]

    async def _scanned(self, journey: Journey) -> Image | None:
        """The image itself, or the worst one of an index."""
        image = journey.image
        if image is None or not image.children:
            return image
        worst = max(image.children, key=lambda child: tuple(child.severities.values()))
        siblings = await self.api.images(image.repository)
        return next((one for one in siblings if one.digest == worst.digest), None)
