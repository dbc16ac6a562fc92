"""The past once over the storage emulator: keys, blobs and conditions as Azure has them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.values import Artifact
from core.past.opening import Past, open_past
from core.past.seals import TABLE
from core.projections.images import Images
from core.projections.runner import Runner
from core.projections.view import View
from core.query.fleet import SummaryQueries
from core.query.shapes import Json
from core.query.standing import Standings
from core.scanning.stale import StaleCounts
from core.storage.account import open_account
from core.storage.interface import Artifacts
from core.storage.memory import MemoryRows, MemoryTables
from dev.stack.azurite import Azurite
from tests.support.advisories import below, record
from tests.support.fleet import SHARDS, Fleet, deb, fleet
from tests.support.ladders import table
from tests.support.queries import image_queries, no_alarm, trusts
from tests.support.samples import image_name
from tests.support.tables import IMAGES, all_rows
from tests.support.wire import wire

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])


class Noted:
    """Artifacts, and the names of those that were read."""

    def __init__(self, inner: Artifacts) -> None:
        self._inner = inner
        self.read: list[str] = []

    async def put(self, content: bytes) -> Artifact:
        return await self._inner.put(content)

    async def get(self, artifact: Artifact) -> bytes:
        self.read.append(artifact.sha256)
        return await self._inner.get(artifact)


async def past_of(world: Fleet, artifacts: Artifacts) -> Past:
    """The past, with a segment for twelve events and a seal after every five."""
    return await open_past(
        world.log, world.account.tables, artifacts, no_alarm, segment=12, every=5
    )


async def answers(world: Fleet, past: Past, **asked: str) -> Mapping[str, Json]:
    """What is said of a moment; by default, of now."""
    rows = await world.account.tables.open(IMAGES)
    images = image_queries(world.log, rows, world.artifacts, past.shards)
    standings = Standings(world.log, rows, world.artifacts, past.shards, trusts())
    summary = SummaryQueries(standings, StaleCounts(MemoryRows()))
    return {
        "list": wire(await images.page(asked)),
        "one": wire(await images.one(image_name(1), asked)),
        "findings": wire(await images.findings(image_name(1), asked)),
        "summary": wire(await summary.summary(asked)),
    }


@pytest.mark.azurite
async def test_the_past_is_answered_and_views_are_made_anew_from_blobs(
    own_azurite: Azurite, tmp_path: Path
) -> None:
    async with open_account(own_azurite.connection_string) as account:
        world = await fleet(account, tmp_path)
        view = View(Images(), account.tables, account.artifacts)
        await world.publish(ZLIB)
        for number in range(1, 13):
            await world.scan(number, deb("zlib", "1.2"))
        await Runner(world.log, [view]).sweep()
        said = await answers(world, await past_of(world, account.artifacts))
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        for number in range(1, 7):
            await world.delete(number)
        await world.scan(20, deb("zlib", "1.4"))
        await Runner(world.log, [view]).sweep()

        noted = Noted(account.artifacts)
        past = await past_of(world, noted)
        await past.archivist.run()
        seals = {
            str(row.cells["sha256"]) for row in await all_rows(await account.tables.open(TABLE))
        }
        segments = {one.artifact.sha256 for s in range(SHARDS) for one in await past.segments.of(s)}
        assert seals
        assert segments
        assert await answers(world, past, asOf=moment) == said
        assert seals & set(noted.read), "the past begins at a seal"

        noted.read.clear()
        late = await past_of(world, noted)
        anew = MemoryTables()
        runner = Runner(late.log, [View(Images(), anew, account.artifacts)])
        for shard in range(SHARDS):
            await late.log.read(shard, after=0, limit=1)
            await runner.catch_up(shard)
        assert segments <= set(noted.read), "a view that is made anew reads every segment"
        shown = await table(await account.tables.open(IMAGES))
        assert await table(await anew.open(IMAGES)) == shown
