"""The command `pratique`, as a pipeline runs it, against the whole stack."""

import asyncio
import base64
import json
import sys
from dataclasses import dataclass
from uuid import uuid4

import pytest

from cli.exits import Exit
from core.access.roles import Role
from core.domain.events import Priority, ScanReason
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import RequestScan
from core.domain.values import ImageName
from core.log.handle import Cause, handle
from core.log.sharded import open_log
from core.storage.account import open_account
from dev.stack.process import ROOT
from tests.e2e.push_to_findings.client import Client

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    error: str


async def pratique(client: Client, *arguments: str) -> Ran:
    """Run the command, signed in as a reader."""
    stack = client.stack
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        cwd=ROOT,
        env={"PRATIQUE_URL": stack.http, "PRATIQUE_TOKEN": stack.issuer.token(Role.READER)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    return Ran(code=process.returncode or 0, out=out.decode(), error=error.decode())


async def image_of(client: Client, health: str) -> str:
    """One of the demo's images that has such a health and is no index."""
    images = (await client.ask("/api/images", health=health, limit="500")).value
    one = next(image for image in images if not image["parents"] and not image["children"])
    return f"{one['registry']}/{one['repository']}@{one['digest']}"


async def test_a_vulnerable_image_stops_a_pipeline_and_a_healthy_one_does_not(
    client: Client,
) -> None:
    stopped = await pratique(client, "gate", await image_of(client, "Unhealthy"))
    assert stopped.code == Exit.FAILS, stopped
    assert "or worse" in stopped.out
    passed = await pratique(client, "gate", await image_of(client, "Healthy"), "--json")
    assert passed.code == Exit.DONE, passed
    assert json.loads(passed.out)["verdict"] == "pass"


async def test_who_waits_for_what_never_comes_is_told_when_time_is_up(client: Client) -> None:
    image = f"{client.stack.registry}/nobody/pushed@sha256:{'0' * 64}"
    ran = await pratique(client, "gate", image, "--wait", "1")
    assert ran.code == Exit.UNKNOWN, ran
    assert "Nothing is known of it yet" in ran.out


async def rescan_in_vain(client: Client, image: ImageName) -> None:
    """A rescan is asked for, and the message that would have it begun is lost."""
    async with open_account(client.stack.storage_connection) as account:
        log = await open_log(await account.tables.open("log"), account.artifacts)
        asked = RequestScan(reason=ScanReason.REQUEST, priority=Priority.RESCAN, advisories=0)
        cause = Cause(command=command_id("e2e", uuid4().hex), correlation="", causation="")
        handled = await handle(log, IMAGE, image_stream(image), asked, cause)
    hint = json.dumps({"shard": handled.shard}).encode()
    await client.send("hints", base64.b64encode(hint).decode())


async def test_during_a_rescan_the_last_verdict_lets_it_pass(client: Client) -> None:
    said = await image_of(client, "Healthy")
    name, _, digest = said.partition("@")
    registry, _, repository = name.partition("/")
    image = ImageName(registry=registry, repository=repository, digest=digest)
    freshness = None
    while freshness != "Delayed":  # until it is asked while the scan is open, and the view knows
        await rescan_in_vain(client, image)
        ran = await pratique(client, "gate", said, "--json")
        answer = json.loads(ran.out)
        assert (ran.code, answer["verdict"], answer["assessed"]) == (Exit.DONE, "pass", True), ran
        freshness = answer["freshness"]
    assert answer["health"] == "Healthy"
    again = await client.ask(client.path(repository, digest, "/scan"), method="POST")
    assert again.status == 202, again.body
    await client.settled(repository, digest)


async def test_lists_are_what_the_api_says_and_a_reader_may_not_scan(client: Client) -> None:
    listed = await pratique(client, "images", "list", "--health", "healthy", "--json")
    images = (await client.ask("/api/images", health="healthy", limit="100")).value
    assert {one["digest"] for one in json.loads(listed.out)} == {one["digest"] for one in images}
    refused = await pratique(client, "scan", await image_of(client, "Healthy"))
    assert (refused.code, refused.out) == (Exit.SERVICE, "")
    assert "permissions" in refused.error
