"""`python -m dev.demo`: from pushes to findings, before your eyes.

Uses the stack that `make up` left running, or starts one just like it, and leaves it running.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from core.errors import PratiqueError
from core.scanning.published import FRESH
from dev.demo.api import Api, ApiFailed, open_api
from dev.demo.board import board
from dev.demo.ending import Ending
from dev.demo.journey import Journey, Subject
from dev.demo.run import DemoFailed, travel
from dev.demo.sources import own_image, samples
from dev.demo.story import play
from dev.images.catalogue import ADVISORIES
from dev.publish import publish_advisories, said_of
from dev.stack.background import RUN, dead, read, up
from dev.stack.stack import Stack

_PLAIN_WIDTH = 120
"""Columns of what is no terminal, at least."""

LIMIT = 900.0
"""Seconds for everything: as long as one attempt at one image may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command line."""

    image: str | None
    advisories: Path
    run: Path
    seconds: float
    acts: int
    """2, unless an image of one's own is looked at: what happens after the verdicts, too."""


def main() -> int:
    """Run the demo; 0 when every image reached the state that it should."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal of few letters
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=max(console.width, _PLAIN_WIDTH))
    try:
        return asyncio.run(_Demo(console, _asked()).all())
    except PratiqueError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: stopped; `make down` ends the stack.", file=sys.stderr)
        return 130


def _asked() -> Asked:
    parser = argparse.ArgumentParser(prog="dev.demo", description=__doc__)
    parser.add_argument("--image", help="an image of your own, at any source that skopeo knows")
    parser.add_argument("--advisories", type=Path, default=ADVISORIES, help="OSV records to use")
    parser.add_argument("--run", type=Path, default=RUN, help="the folder of the stack's files")
    parser.add_argument("--seconds", type=float, default=LIMIT, help="when to give up")
    parser.add_argument("--acts", type=int, choices=(1, 2), default=2, help="1: verdicts only")
    asked = parser.parse_args()
    return Asked(
        image=asked.image,
        advisories=asked.advisories,
        run=asked.run.absolute(),
        seconds=asked.seconds,
        acts=1 if asked.image is not None else asked.acts,
    )


@dataclass(frozen=True, slots=True)
class _Demo:
    """One run of the demo."""

    console: Console
    asked: Asked

    async def all(self) -> int:
        stack = await self._stack()
        await self._publish(stack)
        with tempfile.TemporaryDirectory(prefix="demo-") as folder:
            subjects = await asyncio.to_thread(self._subjects, Path(folder))
            try:
                async with open_api(stack.http, stack.headers()) as api:
                    journeys = await self._travel(stack, api, subjects)
                    ending = Ending(console=self.console, stack=stack, api=api)
                    return await self._end(ending, journeys)
            except ApiFailed as error:
                raise DemoFailed(f"{error}\nThe logs are {stack.folder}/*.log.") from error

    async def _stack(self) -> Stack:
        stack = read(self.asked.run)
        if stack is None or dead(stack):
            self._say("Starting the stack …")
            stack = await up(self.asked.run)
        self._say(f"The stack runs: app {stack.http}, registry {stack.registry}")
        return stack

    async def _publish(self, stack: Stack) -> None:
        publication = await publish_advisories(stack, [self.asked.advisories])
        self._say(said_of(publication))
        if 0 < publication.before < publication.version:
            self._say(f"Others were in force before: the app notices within {FRESH:.0f} s …")
            await asyncio.sleep(FRESH)

    def _subjects(self, folder: Path) -> Sequence[Subject]:
        return samples(folder) if self.asked.image is None else [own_image(self.asked.image)]

    async def _travel(
        self, stack: Stack, api: Api, subjects: Sequence[Subject]
    ) -> Sequence[Journey]:
        self._say(f"Pushing {len(subjects)} image{'s' * (len(subjects) != 1)} …\n")
        with board(self.console) as watch:
            return await travel(stack, api, subjects, watch=watch, seconds=self.asked.seconds)

    async def _end(self, ending: Ending, journeys: Sequence[Journey]) -> int:
        if not await ending.verdicts(journeys):
            return 1
        if self.asked.image is not None:
            await ending.findings(journeys[0])
            if self.asked.advisories == ADVISORIES:
                self._say(
                    "Judged by the demo's own few advisories: what they do not name may still be"
                    " vulnerable.\nADVISORIES=<folder or file> of OSV records uses others."
                )
        await ending.details(journeys)
        if self.asked.acts > 1:
            await play(self.console, ending.stack, ending.api)
        await ending.farewell(journeys)
        return 0

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
