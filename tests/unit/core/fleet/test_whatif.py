"""`whatif`: what records that are not published yet would bring to a fleet."""

import asyncio
import io
import json
from pathlib import Path

import pytest

from core.advisories.__main__ import main
from core.log.sharded import SHARDS
from core.storage.account import open_account
from dev.stack.azurite import Azurite
from tests.support.advisories import below, record, write
from tests.support.fleet import deb, fleet
from tests.support.samples import image_name

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
WITHDRAWN = {**ZLIB, "id": "X-1", "withdrawn": "2026-01-02T00:00:00Z"}


def run(*arguments: object, **settings: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(["whatif", *map(str, arguments)], io.StringIO(), out, err, settings)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.azurite
async def test_the_images_that_records_would_touch_are_named_and_nothing_is_published(
    own_azurite: Azurite, tmp_path: Path
) -> None:
    storage = own_azurite.connection_string
    async with open_account(storage) as account:
        world = await fleet(account, tmp_path, shards=SHARDS)
        await world.take(1, deb("zlib1g", "1.2", source="zlib"))
        await world.take(2, deb("zlib1g", "1.4", source="zlib"))
        records = write(tmp_path / "new.jsonl", [ZLIB, WITHDRAWN])
        code, out, err = await asyncio.to_thread(run, records, AzureWebJobsStorage=storage)
        assert await world.reassessor.run() is None
        assert (await world.published()).version == 0
    assert (code, err) == (0, "1 advisories would touch 1 images.\nnot taken, 1: withdrawn\n")
    assert json.loads(out) == {
        "image": str(image_name(1)),
        "id": "CVE-2026-1",
        "aliases": ["CVE-2026-1", "DEBIAN-CVE-2026-1"],
        "purl": "pkg:deb/debian/zlib1g@1.2?distro=debian-12.5",
        "package": "zlib",
        "version": "1.2",
        "fixed": "1.3",
        "severity": "Unknown",
    }
    stack = tmp_path / "stack.json"
    stack.write_text(json.dumps({"storage_connection": storage, "registry": "localhost:5001"}))
    assert (await asyncio.to_thread(run, "--stack", stack, records))[1] == out


def test_a_fleet_must_be_named(tmp_path: Path) -> None:
    records = write(tmp_path / "new.jsonl", [ZLIB])
    code, out, err = run(records)
    assert (code, out) == (1, "")
    assert "AzureWebJobsStorage" in err
    assert "--stack" in err


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_a_file_that_describes_no_stack_is_said_to(tmp_path: Path, content: str | None) -> None:
    stack, records = tmp_path / "stack.json", write(tmp_path / "new.jsonl", [ZLIB])
    if content is not None:
        stack.write_text(content)
    code, out, err = run("--stack", stack, records)
    assert (code, out) == (1, "")
    assert f"{stack} does not describe a running stack" in err
