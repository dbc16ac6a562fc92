"""The command `pratique`, as a pipeline runs it, against the whole stack."""

import asyncio
import json
import sys
from dataclasses import dataclass

import pytest

from cli.exits import Exit
from core.access.roles import Role
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


async def test_during_a_rescan_the_last_verdict_lets_it_pass(client: Client) -> None:
    image = await image_of(client, "Healthy")
    name, _, digest = image.partition("@")
    repository = name.partition("/")[2]
    asked = await client.ask(client.path(repository, digest, "/scan"), method="POST")
    assert asked.status == 202, asked.body
    ran = await pratique(client, "gate", image)
    assert ran.code == Exit.DONE, ran


async def test_lists_are_what_the_api_says_and_a_reader_may_not_scan(client: Client) -> None:
    listed = await pratique(client, "images", "list", "--health", "healthy", "--json")
    images = (await client.ask("/api/images", health="healthy", limit="100")).value
    assert {one["digest"] for one in json.loads(listed.out)} == {one["digest"] for one in images}
    refused = await pratique(client, "scan", await image_of(client, "Healthy"))
    assert (refused.code, refused.out) == (Exit.SERVICE, "")
    assert "permissions" in refused.error
