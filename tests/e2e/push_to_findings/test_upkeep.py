"""What stands in a view's way is seen, tried again and given up, a view is made anew, and one whose
table somebody removes comes back: over HTTP, by whoever looks after the app."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from core.access.roles import Role
from core.domain import events as e
from core.domain.ids import StreamId, command_id, image_stream, upkeep_stream
from core.domain.image import IMAGE
from core.domain.image.commands import RecordPull
from core.domain.values import Artifact, ImageName, ScanId, SeverityCounts
from core.log import layout
from core.log.handle import Cause, handle
from core.log.interface import Append, Stream
from core.log.sharded import ShardedLog, open_log
from core.storage.account import Account, open_account
from core.storage.interface import Insert, Put, Write, artifact_of
from tests.e2e.push_to_findings.client import Answer, Client, Json, until, until_run
from tests.support.ladders import table
from tests.support.samples import artifact
from tests.support.tally import streams_of

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

type Place = tuple[int, int]
"""A shard, and a position."""

REPOSITORY = "demo/clean"
LATE = b"[]  "
"""Findings whose blob comes back."""
LOST = artifact(7)
"""Findings whose blob never does."""


@dataclass(frozen=True, slots=True)
class Site:
    """The app, and the storage that it stands on."""

    client: Client
    account: Account
    log: ShardedLog

    async def all(self) -> list[dict[str, Json]]:
        """How every view and process manager stands."""
        answer = await self.client.ask("/api/manage/projections")
        assert answer.status == 200, answer.body
        return answer.value

    async def one(self, name: str) -> dict[str, Json]:
        """How one of them stands."""
        return (await self.client.ask(f"/api/manage/projections/{name}")).json

    async def act(
        self, path: str, at: Place | None = None, *, role: Role = Role.ADMINISTRATOR
    ) -> Answer:
        """Do something about one of them, or about an event that is in its way."""
        which = {} if at is None else dict(zip(("shard", "position"), at, strict=True))
        stack = self.client.stack
        url = f"{stack.http}/api/manage/projections/{path}"
        async with self.client.session.post(
            url, json={"reason": "to see", **which}, headers=stack.headers(role)
        ) as answer:
            return Answer(status=answer.status, headers=answer.headers, body=await answer.read())

    async def hint(self, at: "Trouble") -> None:
        """Say that the shard has news."""
        hint = json.dumps({"shard": at.lost[0]})
        await self.client.send("hints", base64.b64encode(hint.encode()).decode())

    async def audit(self, name: str) -> list[e.Event]:
        """What the log says was done about it."""
        return [one.event for one in await self.log.history(upkeep_stream(name))]


@pytest.fixture
async def site(client: Client) -> AsyncIterator[Site]:
    async with open_account(client.stack.storage_connection) as account:
        log = await open_log(await account.tables.open("log"), account.artifacts)
        yield Site(client, account, log)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where the events stand that cannot be followed."""

    late: Place
    lost: Place
    unreadable: Place


async def test_what_cannot_be_followed_is_shown_tried_again_given_up_and_on_record(
    site: Site,
) -> None:
    digest, image = await _its_image(site)
    assert image["pulledOn"] is None
    name = ImageName(registry=site.client.stack.registry, repository=REPOSITORY, digest=digest)
    today = datetime.now(UTC).date()
    async with _troubled(site, image_stream(name)) as at:
        cause = Cause(command=command_id("upkeep-test"), correlation="", causation="")
        await handle(site.log, IMAGE, image_stream(name), RecordPull(day=today), cause)
        await site.hint(at)
        await until(lambda: _everybody_halted(site, at))
        parked = _listed((await site.one("findings"))["parked"])
        assert [_place(one) for one in parked] == [at.late, at.lost]
        assert all(str(one["error"]).startswith("ArtifactMissing") for one in parked)
        assert await _its_image(site) == (digest, image)

        assert (await site.act("images/skip", at.unreadable, role=Role.READER)).status == 403
        assert (await site.act("images/skip", at.late)).status == 409
        still = (await site.act("images/retry", at.unreadable)).json
        assert (still["done"], "NeverHeardOf" in str(still["waits"])) == ([], True)
        for follower in ("images", "bills"):
            skipped = await site.act(f"{follower}/skip", at.unreadable)
            assert skipped.json == _done(at.unreadable)
        assert await _its_image(site) == (digest, {**image, "pulledOn": str(today)})

        again = (await site.act("findings/retry", at.late)).json
        assert (again["done"], "ArtifactMissing" in str(again["waits"])) == ([], True)
        await site.account.artifacts.put(LATE)
        assert (await site.act("findings/retry", at.late)).json == _done(at.late)
        assert (await site.act("findings/skip", at.lost)).json == _done(at.lost)
    await site.hint(at)  # and the others go on by themselves
    await until(lambda: _nobody_halted(site))
    assert (await site.one("findings"))["parked"] == []
    facts = [e.EventRetried, e.EventRetried, e.EventSkipped]
    assert [type(one) for one in await site.audit("findings")] == facts
    assert [type(one) for one in await site.audit("images")] == [e.EventRetried, e.EventSkipped]
    [skipped_fact] = await site.audit("bills")
    assert isinstance(skipped_fact, e.EventSkipped)
    assert (skipped_fact.reason, skipped_fact.by.split()[0]) == ("to see", "developer@localhost")


async def test_a_view_is_made_anew_while_it_is_read(site: Site) -> None:
    before = await _index(site.client)
    assert (await site.act("findings/rebuild", role=Role.READER)).status == 403
    asked = await site.act("findings/rebuild")
    assert (asked.status, asked.json["phase"]) == (202, "folding")
    assert (await site.act("findings/rebuild")).status == 409

    async def flipped() -> dict[str, Json] | None:
        answer = await site.client.ask("/api/manage/projections/findings/rebuild")
        return answer.json if answer.json["phase"] == "retiring" else None

    made = await until(flipped)
    folded, compared, replaces = made["folded"], made["compared"], made["replaces"]
    assert isinstance(folded, dict)
    assert isinstance(compared, dict)
    assert isinstance(replaces, dict)
    assert isinstance(folded["of"], int)
    assert folded["of"] > 0
    done = {"shards": site.log.shards, "differing": 0, "lost": 0, "gained": 0, "uneven": []}
    assert {name: compared[name] for name in done} == done
    active = (await site.one("findings"))["active"]
    assert isinstance(active, dict)
    assert active["table"] == made["table"] != replaces["table"]
    assert await _index(site.client) == before != []
    told = [notice["id"] for notice in await site.client.told("")]
    assert len(told) == len(set(told)) != 0, "nobody is told again of what was long ago"
    [*_, last] = await site.audit("findings")
    assert isinstance(last, e.RebuildRequested)


async def test_a_view_whose_table_somebody_removes_comes_back(site: Site) -> None:
    before = (await site.client.ask("/api/images", limit="500")).value
    active = (await site.one("images"))["active"]
    assert isinstance(active, dict)
    name = str(active["table"])
    rows = await table(await site.account.tables.open(name))
    assert rows
    await site.account.tables.drop(name)

    async def back() -> bool:
        answer = await site.client.ask("/api/manage/projections/images")
        return answer.status == 200 and answer.json["lag"] == 0

    await until_run(site.client, "sweep", back)
    assert await table(await site.account.tables.open(name)) == rows
    assert (await site.client.ask("/api/images", limit="500")).value == before


async def _its_image(site: Site) -> tuple[str, dict[str, Json]]:
    """The repository's one image, but for since when pulls are known: a timer may find that out in
    the midst of a test."""
    [(digest, image)] = (await site.client.images(REPOSITORY)).items()
    return digest, {name: cell for name, cell in image.items() if name != "pullsKnownSince"}


@asynccontextmanager
async def _troubled(site: Site, beside: StreamId) -> AsyncIterator[Trouble]:
    """Findings that are nowhere, twice, and an event of a type of tomorrow, which is mended in the
    end: others read this log too. They stand in the shard of that stream."""
    shard = site.log.shard_of(beside)
    first, second, third = streams_of(site.log, shard, 3)
    appends = [
        _append(first, _completed(artifact_of(LATE))),
        _append(second, _completed(LOST)),
        _append(third, e.ImagePulled(day=datetime.now(UTC).date())),
    ]
    rows = await site.account.tables.open("log")
    partition = layout.partition(shard)
    head = await rows.get(partition, layout.HEAD)
    assert head is not None
    end, at = layout.integer(head.cells, "position"), layout.moment(str(head.cells["at"]))
    writes: list[Write] = [layout.head_row(end + 3, at, head.etag)]
    for ahead, append in enumerate(appends, 1):
        writes += layout.rows_of(layout.prepare(append), end + ahead, at)
    spoiled = layout.event_key(end + 3)
    [sound] = [one for one in writes if one.key == spoiled and isinstance(one, Insert)]
    writes.remove(sound)
    writes.append(replace(sound, cells={**sound.cells, "type": "NeverHeardOf"}))
    await rows.commit(partition, writes)
    try:
        yield Trouble((shard, end + 1), (shard, end + 2), (shard, end + 3))
    finally:
        await rows.commit(partition, [Put(spoiled, sound.cells)])


def _append(stream: StreamId, event: e.Event) -> Append:
    return Append(
        stream=Stream(id=stream, version=0, fold=None, fold_schema="", etag=None),
        events=[event],
        command=command_id("upkeep-test", stream),
        correlation="",
        causation="",
        fold=b"",
        fold_schema="",
    )


def _completed(findings: Artifact) -> e.ScanCompleted:
    return e.ScanCompleted(
        scan=ScanId("nobody's"),
        findings=findings,
        counts=SeverityCounts(),
        patchable=0,
        uncompared=0,
        advisories=LOST,
        advisories_version=1,
    )


async def _everybody_halted(site: Site, at: Trouble) -> bool:
    """Whether all have halted there that follow the log by themselves."""
    return all(
        [_place(stop) for stop in _listed(one["halted"])] == [at.unreadable]
        for one in await site.all()
        if one["name"] != "fleet"
    )


async def _nobody_halted(site: Site) -> bool:
    return not any(one["halted"] for one in await site.all())


async def _index(client: Client) -> Sequence[dict[str, Json]]:
    """What the view of findings shows."""
    return (await client.ask("/api/findings", cve="CVE-2024-5535", limit="500")).value


def _place(one: dict[str, Json]) -> tuple[Json, Json]:
    return one["shard"], one["position"]


def _listed(value: Json) -> list[dict[str, Json]]:
    assert isinstance(value, list)
    return [one for one in value if isinstance(one, dict)]


def _done(at: Place) -> dict[str, Json]:
    """The answer where an event is out of the way."""
    return {"done": [at[1]], "waits": None}
