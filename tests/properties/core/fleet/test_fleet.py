"""Whatever images there are and whatever advisories come: the view shows what the inventories say,
and a reassessment gives exactly those images another verdict whose verdict is another.
"""

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.ids import image_stream
from core.domain.image import Image
from core.domain.values import Artifact
from core.fleet.distinct import contents
from core.fleet.images import FleetImage
from core.inventory.reader import read
from dev.inprocess import memory_account
from tests.support.advisories import Json, below, record
from tests.support.fleet import Fleet, deb, fleet, pypi
from tests.support.samples import image_name

IMAGES = range(1, 5)
NAMES = ("zlib", "curl", "jinja2")

LAYERS = ("", "sha256:aa", "sha256:bb")
packages = st.builds(
    lambda name, version, layer: (
        pypi(name, version) if name == "jinja2" else deb(name, version, layer)
    ),
    st.sampled_from(NAMES),
    st.sampled_from(("1.0", "1.5", "2.0", "no version")),
    st.sampled_from(LAYERS),
)


def advisory(number: int, name: str, fixed: str, summary: str) -> Json:
    """One of a few records, in one of its wordings."""
    ecosystem = "PyPI" if name == "jinja2" else "Debian:12"
    said = record(f"X-{number}", below(ecosystem, name, fixed), upstream=[f"CVE-2026-{number % 3}"])
    return {**said, "summary": summary}


records = st.lists(
    st.builds(
        advisory,
        st.integers(1, 5),
        st.sampled_from(NAMES),
        st.sampled_from(("1.2", "1.7", "3.0")),
        st.sampled_from(("", "Worded anew.")),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: str(one["id"]),
)


@dataclass(frozen=True, slots=True)
class Happens:
    """One thing that happens to the fleet."""

    what: str
    number: int = 0
    packages: Sequence[Json] = ()
    records: Sequence[Json] = ()


numbers = st.sampled_from(IMAGES)
happenings = st.one_of(
    st.builds(lambda n, p: Happens("scan", n, p), numbers, st.lists(packages, max_size=4)),
    st.builds(lambda n, p: Happens("late", n, p), numbers, st.lists(packages, max_size=4)),
    st.builds(lambda n: Happens("delete", n), numbers),
    st.builds(lambda r: Happens("publish", records=r), records),
    st.just(Happens("reassess")),
)


async def live(world: Fleet, first: Sequence[Json], story: Sequence[Happens]) -> None:
    """Let it happen. Somebody late assesses with the first advisories for ever."""
    await world.publish(*first)
    late = world.assessor()
    await late.version()
    for one in story:
        match one.what:
            case "scan" | "late":
                if not (await world.state(one.number)).present:
                    by = late if one.what == "late" else None
                    await world.scan(one.number, *one.packages, by=by)
            case "delete":
                await world.delete(one.number)
            case "publish":
                await world.publish(*one.records)
            case _:
                await world.reassessor.run()


def run(story: Coroutine[object, object, None]) -> None:
    asyncio.run(story)


stories = st.lists(happenings, max_size=8)


@settings(max_examples=60, deadline=None)
@given(records, stories)
def test_the_view_shows_what_the_inventories_and_the_verdicts_say(
    first: list[Json], story: list[Happens]
) -> None:
    async def check(folder: Path) -> None:
        world = await fleet(memory_account(), folder)
        await live(world, first, story)
        await world.store.catch_up()
        for shard in range(world.log.shards):
            held = await world.store.packages(shard)
            shown = {one.stream: one for one in await world.store.all_images(shard)}
            for number in IMAGES:
                stream = image_stream(image_name(number))
                if world.shard(number) == shard:
                    await agree(world, await world.state(number), shown.pop(stream, None), held)
            assert shown == {}

    with tempfile.TemporaryDirectory() as folder:
        run(check(Path(folder)))


async def agree(
    world: Fleet, image: Image, shown: FleetImage | None, held: dict[bytes, bytes]
) -> None:
    """The image's row says what its stream says."""
    if image.inventory is None:
        assert shown is None
        return
    assert shown is not None
    inventory = read(await world.artifacts.get(image.inventory.bom))
    assert [held[short] for short in shown.short_names] == list(contents(inventory))
    layers = [package.layer for package in inventory.packages]
    assert list(shown.layer_of_each(len(layers))) == layers
    assert shown.bom == image.inventory.bom
    assert image.assessment is not None
    assert (shown.findings, shown.version) == (
        image.assessment.findings.sha256,
        image.assessment.advisories_version,
    )


@settings(max_examples=60, deadline=None)
@given(records, stories, records)
def test_those_images_change_whose_verdict_is_another_and_nothing_false_is_claimed(
    first: list[Json], story: list[Happens], last: list[Json]
) -> None:
    async def check(folder: Path) -> None:
        world = await fleet(memory_account(), folder)
        await live(world, first, story)
        await world.publish(*last)
        published = await world.published()
        assert published.database is not None
        before = {number: await world.state(number) for number in IMAGES}
        due = {n for n in IMAGES if await is_due(world, before[n], published.database)}
        done = await world.reassessor.run()
        assert done is not None
        assert done.complete
        after = {number: await world.state(number) for number in IMAGES}
        assert {n for n in IMAGES if after[n] != before[n]} == due
        assert await world.claim_holds()
        assert {n for n in due if await is_due(world, after[n], published.database)} == set()
        assert all(after[n].scans == before[n].scans + 1 for n in due)

    with tempfile.TemporaryDirectory() as folder:
        run(check(Path(folder)))


async def is_due(world: Fleet, image: Image, database: Artifact) -> bool:
    """Whether matching the image's inventory as a whole gives another verdict than it has."""
    if image.inventory is None or image.assessment is None:
        return False
    verdict = await world.verdict(image.inventory.bom, database)
    known = await world.artifacts.get(image.assessment.findings)
    return (verdict.findings, verdict.uncompared) != (known, image.assessment.uncompared)
