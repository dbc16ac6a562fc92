"""The command line shows, rebuilds and refuses, over the storage emulator; and in a whole app no
rebuild changes an answer or adds a fact but its own (P7, P11)."""

import io
import json
from pathlib import Path

import pytest

from core.domain.recorded import Recorded
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.rebuilding.rebuilder import GRACE, Rebuilder
from core.rebuilding.state import Rebuilds
from core.storage.interface import Row
from dev.stack.azurite import Azurite
from functions.__main__ import run
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.rebuilding import Clock
from tests.support.ruling import OF_ANOTHER, rule
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE
from tests.support.tables import all_rows
from tests.support.topics import MemoryTopic
from tests.support.wire import wire

VIEWS = ["billing", "findings", "fleet", "images", "openscans", "rules"]


async def told(connection: str, *arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was printed where."""
    out, err = io.StringIO(), io.StringIO()
    settings = {"AzureWebJobsStorage": connection}
    return await run(arguments, settings, out, err), out.getvalue(), err.getvalue()


@pytest.mark.azurite
async def test_the_command_line_shows_rebuilds_and_says_why_not(own_azurite: Azurite) -> None:
    code, out, _ = await told(own_azurite.connection_string, "show")
    shown = {one["name"]: one for one in json.loads(out)["value"]}
    assert code == 0
    assert set(VIEWS) <= set(shown)
    assert {"tags", "bills", "indexes"} <= set(shown)
    code, out, _ = await told(
        own_azurite.connection_string, "rebuild", "billing", "--reason", "to see"
    )
    assert (code, json.loads(out)["phase"], json.loads(out)["by"]) == (0, "folding", "command-line")
    code, out, err = await told(
        own_azurite.connection_string, "rebuild", "billing", "--reason", "too"
    )
    assert (code, out) == (1, "")
    assert "being rebuilt already" in err
    code, _, err = await told(own_azurite.connection_string, "show", "nobody")
    assert (code, err) == (1, "there is no view or process manager nobody\n")
    place = ("--shard", "1", "--position", "99", "--reason", "x")
    code, _, err = await told(own_azurite.connection_string, "skip", "images", *place)
    assert (code, "neither parked" in err) == (1, True)


async def facts(log: EventLog) -> list[Recorded]:
    """Everything in the log but what was done about views."""
    shards = [await log.read(shard, after=0, limit=1000) for shard in range(log.shards)]
    told = [one for shard in shards for one in shard]
    return [one for one in told if not one.stream.startswith("upkeep-")]


async def managed(app: Desk) -> list[Row]:
    """How far every process manager is."""
    return await all_rows(await app.account.tables.open("processes"))


async def test_all_views_of_an_app_are_made_anew_to_the_byte_and_nothing_else_happens(
    tmp_path: Path,
) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    one.sandboxes.brings[digest(1)] = VULNERABLE
    for number in (1, 2, 3):
        await one.push(number)
        await one.app.drain()
    await one.delete(3)
    await rule(one, "another", OF_ANOTHER)
    await one.app.drain()
    services, clock = one.app.services, Clock()
    await services.following.runner.sweep()
    rebuilder = Rebuilder(
        services.log, services.following.views, Dispatch(one.account.queues), now=clock, heard=0.0
    )
    before, images = await facts(services.log), wire(await services.answers.images.page({}))
    checkpoints, told = await managed(one), list(topic.sent)
    assert told, "somebody was told of the vulnerable images"
    assert sorted(services.following.views.all) == VIEWS
    for name, projection in services.following.views.all.items():
        await rebuilder.ask(projection, by="us", reason="to compare")
        await rebuilder.work(projection)
        clock.pass_by(GRACE)
        await rebuilder.work(projection)
        rebuild = await Rebuilds(one.account.tables).latest(name)
        assert rebuild is not None
        report = rebuild.report
        assert (rebuild.phase, report.uneven, report.examples) == ("done", (), ())
        rows = await all_rows(await one.account.tables.open(f"{name}v{projection.version}g2"))
        assert report.equal == sum(not row.key.startswith("!") for row in rows) > 0 or (
            name == "openscans"
        )
    assert await managed(one) == checkpoints
    await services.following.runner.sweep()
    await one.app.drain()
    assert topic.sent == told
    assert wire(await services.answers.images.page({})) == images
    assert await facts(services.log) == before
