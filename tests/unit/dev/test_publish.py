"""Publishing says what it did, or why nothing was."""

import json
import sys
from pathlib import Path

import pytest

from core.errors import AdvisoriesError
from core.log.sharded import SHARDS
from core.storage.account import open_account
from dev.issuer.issuer import Issuer
from dev.publish import (
    in_force,
    main,
    publish_advisories,
    publish_first,
    reassess,
    said_of,
)
from dev.stack.azurite import Azurite
from dev.stack.stack import Stack
from tests.support.fleet import fleet, pypi


def stack(storage: str) -> Stack:
    """A stack of which nothing but storage matters."""
    return Stack(
        http="",
        https="",
        ca="",
        issuer=Issuer(url="", pem="", key_id=""),
        function_key="",
        eventgrid_key="",
        master_key="",
        storage_connection=storage,
        registry="",
        registry_id="",
        subscription="",
        translator="",
        topic="",
        folder="",
        processes=[],
    )


def records(path: Path, *names: str) -> Path:
    """A file of records, each about a package of its own name."""
    lines = [
        {
            "id": f"TEST-{name}",
            "modified": "2026-01-01T00:00:00Z",
            "affected": [
                {"package": {"ecosystem": "PyPI", "name": name}, "versions": ["1.0"]},
            ],
        }
        for name in names
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


@pytest.mark.azurite
async def test_what_is_published_is_in_force_and_the_same_again_is_no_news(
    azurite: Azurite, tmp_path: Path
) -> None:
    running = stack(azurite.connection_string)
    await publish_first(running)
    before = (await in_force(running)).version
    await publish_first(running)
    assert (await in_force(running)).version == before

    file = records(tmp_path / "mine.jsonl", "harbour", "pilot")
    first = await publish_advisories(running, [file])
    assert (first.before, first.version) == (before, before + 1)
    assert said_of(first).startswith("2 advisories for 2 packages are in force, as version")
    again = await publish_advisories(running, [file])
    assert (again.before, again.version) == (first.version, first.version)
    assert (await in_force(running)).version == first.version


@pytest.mark.azurite
async def test_images_need_not_wait_for_the_timer(azurite: Azurite, tmp_path: Path) -> None:
    running, number = stack(azurite.connection_string), 7_654_321
    async with open_account(azurite.connection_string) as account:
        world = await fleet(account, tmp_path, shards=SHARDS)
        await world.take(number, pypi("lighthouse", "1.0"))
        await publish_advisories(running, [records(tmp_path / "mine.jsonl", "lighthouse")])
        done = await reassess(running)
        assert done is not None
        assert done.changed > 0
        assert (await world.state(number)).counts.total == 1


async def test_a_folder_that_is_not_there_is_an_error_before_anything_is_done() -> None:
    with pytest.raises(AdvisoriesError, match="/no/such/folder"):
        await publish_advisories(stack("no storage"), [Path("/no/such/folder")])


def test_without_a_stack_the_command_says_how_to_start_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["publish", "--run", str(tmp_path), "advisories"])
    assert main() == 1
    assert "`make up` starts it" in capsys.readouterr().err
