"""The second act: what happens to an image after its first verdict.

A repository of its own, so that nothing of the first act changes. Each scene does one thing as
people would (push, write a rule, publish an advisory, delete), waits until the API says what
follows from it, and tells it in a sentence. Timers that would come within a minute are fired by
hand, so that nobody has to wait for them.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from core.domain.values import Health
from core.errors import PratiqueError
from dev.demo.api import Api, Image
from dev.demo.witness import Witness, hold
from dev.images import samples
from dev.images.catalogue import ADVISORIES
from dev.images.oci import Image as Built
from dev.images.oci import build_layout
from dev.publish import publish_advisories, reassess
from dev.stack.skopeo import delete, push
from dev.stack.stack import Stack

REPOSITORY, TAG = "demo/story", "1"
RULE = "demo-story"
_PATIENCE = 120.0
"""Seconds that anything here may take."""
_POLL = 0.25

_ADVISORY = {
    "schema_version": "1.7.3",
    "id": "DEMO-2026-1",
    "modified": "2026-11-22T00:00:00Z",
    "summary": "A clock that runs backwards on the day that summer time ends",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "Debian:11", "name": "tzdata"},
            "ranges": [
                {
                    "type": "ECOSYSTEM",
                    "events": [{"introduced": "0"}, {"fixed": "2024b-0+deb11u1"}],
                }
            ],
        }
    ],
}
"""Made up for the demo: no such thing was ever published."""


class StoryFailed(PratiqueError):
    """What should follow did not."""


@dataclass(slots=True)
class Story:
    """The second act, while it is played."""

    console: Console
    stack: Stack
    api: Api
    witness: Witness
    folder: Path
    digests: list[str] = field(default_factory=list)
    """Of the two images, in the order of their pushes."""
    quiet: list[str] = field(default_factory=list)
    """Scans that nobody is to be told of."""
    still: list[tuple[datetime, datetime]] = field(default_factory=list)
    """Times in which nothing was to be pulled."""

    async def play(self) -> None:
        """All scenes. StoryFailed, ApiFailed and SkopeoFailed say what went wrong, Untrue which
        sentence would have been false."""
        scenes: Sequence[tuple[str, Callable[[], Awaitable[str]]]] = (
            ("An image comes to another repository", self._known),
            ("Its tag moves", self._moved),
            ("A rule", self._rule),
            ("The rule expires", self._expired),
            ("A new advisory", self._advisory),
            ("A rescan", self._rescan),
            ("The advisory is withdrawn", self._withdrawn),
            ("A deletion", self._deleted),
            ("Who was told", self._told),
        )
        self.console.print("\nAnd then:")
        for title, scene in scenes:
            told = await scene()
            self.console.print(Text.assemble("  ", (f"{title}. ", "bold"), told), soft_wrap=True)

    async def _known(self) -> str:
        began, at = time.monotonic(), datetime.now(UTC)
        image = await self._pushed(samples.alpine(), Health.UNHEALTHY)
        seconds = time.monotonic() - began
        await self._without_a_pull(at)
        return (
            f"{image.repository}:{TAG} is {image.health} after {seconds:.1f} s: its content was"
            " known, so nothing was pulled."
        )

    async def _moved(self) -> str:
        await self._pushed(samples.clean(), Health.HEALTHY)
        old = await self._until(self.digests[0], lambda image: not image.tags)
        there = await self.witness.holds(REPOSITORY, self.digests[0])
        hold("it can still be pulled", true=there, found="the registry has it no more")
        return (
            f"{REPOSITORY}:{TAG} is another image now, and Healthy. The old one can still be"
            f" pulled: it is listed without a tag, and {old.health}."
        )

    async def _rule(self) -> str:
        before = await self._seen(self.digests[0])
        rule = {
            "criteria": {"digests": [self.digests[0]], "severityAtMost": "Critical"},
            "reason": "Nobody runs it any more.",
            "expires": (datetime.now(UTC) + timedelta(seconds=20)).isoformat(),
        }
        asked = {"subscription": self.stack.subscription}
        await self.api.send("PUT", f"/api/rules/{RULE}", rule, asked)
        image = await self._until(self.digests[0], lambda image: image.health is Health.HEALTHY)
        hold(
            "all of its findings are disabled",
            true=image.disabled == before.severities,
            found=f"{_total(image.disabled)} of {_total(before.severities)} are",
        )
        return f"Disables the old image's {_total(image.disabled)} findings: it is {image.health}."

    async def _expired(self) -> str:
        async def again() -> Image | None:
            await self.api.fire("rules_due", self.stack.master_key)
            image = await self._image(self.digests[0])
            return image if image and image.health is Health.UNHEALTHY else None

        image = await self._wait(again)
        hold(
            "the findings count again",
            true=not _total(image.disabled),
            found=f"{_total(image.disabled)} are still disabled",
        )
        return f"By itself, after twenty seconds: {_total(image.severities)} findings count again."

    async def _advisory(self) -> str:
        at = datetime.now(UTC)
        await asyncio.to_thread((self.folder / "new.json").write_text, json.dumps(_ADVISORY))
        await publish_advisories(self.stack, [ADVISORIES, self.folder / "new.json"])
        assessed = await reassess(self.stack)
        await self._until(self.digests[1], lambda image: image.health is Health.UNHEALTHY)
        changed = assessed.changed if assessed else 0
        await self._without_a_pull(at)
        return (
            f"DEMO-2026-1 (made up) is about tzdata: {REPOSITORY}:{TAG} is Unhealthy. Nothing was"
            f" pulled; of all images, {changed} got another verdict."
        )

    async def _rescan(self) -> str:
        before, at = await self._seen(self.digests[0]), datetime.now(UTC)
        await self.api.send("POST", f"{before.links.self}/scan", None, {})
        after = await self._until(
            self.digests[0],
            lambda image: image.scan != before.scan and image.freshness == "Current",
        )
        hold(
            "there is nothing new",
            true=after.severities == before.severities,
            found=f"{before.severities} became {after.severities}",
        )
        await self._without_a_pull(at)
        if after.scan is not None:
            self.quiet.append(after.scan.id)
            await self.witness.nobody_told(after.scan.id)
        return "Asked for, done, and nothing new: nothing was pulled, and nobody is told."

    async def _withdrawn(self) -> str:
        await publish_advisories(self.stack, [ADVISORIES])
        await reassess(self.stack)
        image = await self._until(self.digests[1], lambda image: image.health is Health.HEALTHY)
        return f"{REPOSITORY}:{TAG} is {image.health} again."

    async def _deleted(self) -> str:
        before, month = datetime.now(UTC), f"{datetime.now(UTC):%Y-%m}"
        billed = await self.api.billed(month)
        for digest in self.digests:
            await delete(self.stack.registry, REPOSITORY, digest)

        async def gone() -> bool | None:
            return True if not await self.api.images(REPOSITORY) else None

        await self._wait(gone)
        then = {image.digest for image in await self.api.images(REPOSITORY, as_of=before)}
        hold(
            "what happened stays",
            true=then == set(self.digests),
            found=f"of that moment, the API shows {len(then)} of {len(self.digests)} images",
        )
        left = billed - await self.api.billed(month)
        hold("what was billed stays", true=not left, found=f"{len(left)} lines are gone")
        return f"{REPOSITORY} is in no list any more. What happened, and what was billed, stays."

    async def _told(self) -> str:
        told = await self.api.told(self.stack.topic)
        await self.witness.only_news()
        for scan in self.quiet:
            await self.witness.nobody_told(scan)
        for since, until in self.still:
            await self.witness.nothing_pulled(since, until)
        return (
            f"{len(told)} CloudEvents so far, none of them about anything that was disabled or"
            " unchanged; what one cause changed follows in one digest after a minute:"
            f" curl -s {self.stack.topic}/notices"
        )

    async def _pushed(self, content: Built, health: Health) -> Image:
        layout = self.folder / str(len(self.digests))
        await asyncio.to_thread(build_layout, layout, content)
        digest = await push(f"oci:{layout}", self.stack.registry, REPOSITORY, TAG)
        self.digests.append(digest)
        return await self._until(digest, lambda image: image.health is health and TAG in image.tags)

    async def _without_a_pull(self, since: datetime) -> None:
        """Nothing was pulled since; asked once more at the end, as the registry's word may be
        late."""
        until = datetime.now(UTC)
        await self.witness.nothing_pulled(since, until)
        self.still.append((since, until))

    async def _seen(self, digest: str) -> Image:
        """An image that an earlier scene has seen."""
        return await self._until(digest, lambda image: True)

    async def _image(self, digest: str) -> Image | None:
        images = await self.api.images(REPOSITORY)
        return next((image for image in images if image.digest == digest), None)

    async def _until(self, digest: str, good: Callable[[Image], bool]) -> Image:
        async def look() -> Image | None:
            image = await self._image(digest)
            return image if image is not None and good(image) else None

        return await self._wait(look)

    async def _wait[A](self, look: Callable[[], Awaitable[A | None]]) -> A:
        try:
            async with asyncio.timeout(_PATIENCE):
                while (found := await look()) is None:
                    await asyncio.sleep(_POLL)
                return found
        except TimeoutError:
            raise StoryFailed(
                f"the second act waited {_PATIENCE:.0f} s for nothing; the logs are"
                f" {self.stack.folder}/*.log"
            ) from None


async def play(console: Console, stack: Stack, api: Api) -> None:
    """Play the second act on that stack."""
    with tempfile.TemporaryDirectory(prefix="story-") as folder:
        witness = Witness(stack=stack, api=api)
        story = Story(console=console, stack=stack, api=api, witness=witness, folder=Path(folder))
        await story.play()


def _total(severities: dict[str, int]) -> int:
    return sum(severities.values())
