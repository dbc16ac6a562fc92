"""The job from a command line, over the storage emulator; only a terminal is shown a bar."""

import asyncio
import io
import json
from pathlib import Path

import pytest

from core.advisories.__main__ import FAILED, OK, main
from core.feeds.command import bars
from dev.stack.azurite import Azurite
from tests.support.advisories import below, record, write
from tests.support.mirror import Mirror, served

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])


async def said(settings: dict[str, str], *arguments: str | Path) -> tuple[int, list[str]]:
    """What a command answers, and the lines that it says."""
    err = io.StringIO()
    words = [str(one) for one in arguments]
    code = await asyncio.to_thread(main, words, io.StringIO(), io.StringIO(), err, settings)
    return code, err.getvalue().splitlines()


def filled(mirror: Mirror) -> None:
    """One dump, EPSS and the catalogue."""
    mirror.dump("Debian", ZLIB)
    mirror.epss(CVE_2026_1=0.5)
    mirror.kev("CVE-2026-1")


@pytest.mark.azurite
async def test_publishing_does_the_whole_job_and_once(own_azurite: Azurite, tmp_path: Path) -> None:
    async with served() as mirror:
        filled(mirror)
        storage = {"AzureWebJobsStorage": own_azurite.connection_string}
        settings = {**mirror.settings("Debian"), **storage}
        code, lines = await said(settings, "publish")
        assert (code, lines) == (
            OK,
            ["1 advisories on 1 packages were compiled.", "They are in force, as version 1."],
        )
        code, lines = await said(settings, "publish")
        assert (code, lines) == (OK, ["Version 1 stays in force: nothing has changed."])
        mirror.content.pop("/kev.json")
        code, lines = await said(settings, "publish")
        assert code == FAILED
        assert lines[0].startswith("failed: KEV: ")
    stack = tmp_path / "stack.json"
    stack.write_text(json.dumps({"storage_connection": own_azurite.connection_string}))
    ours = write(tmp_path / "ours.jsonl", [record("OURS-1", below("npm", "a", "1.0.0"))])
    code, lines = await said({}, "publish", "--stack", stack, ours)
    assert (code, lines[-1]) == (OK, "They are in force, as version 2.")


async def test_refreshing_fetches_into_a_folder_what_can_be_built(tmp_path: Path) -> None:
    async with served() as mirror:
        filled(mirror)
        settings = mirror.settings("Debian", "PyPI", exploitation=False)
        code, lines = await said(settings, "refresh", tmp_path)
        assert code == FAILED
        assert lines[0] == "Debian: updated"
        assert lines[1].startswith("PyPI: failed: ")
        assert lines[1].endswith("last good: never")
        assert lines[2].startswith("off: EPSS")
        mirror.dump("PyPI", record("X-1", below("PyPI", "a", "1")))
        assert (await said(settings, "refresh", tmp_path))[1][:2] == [
            "Debian: unchanged",
            "PyPI: updated",
        ]
    code, _ = await said({}, "build", "--out", tmp_path / "db", tmp_path / "osv")
    assert code == OK


async def test_a_setting_that_makes_no_sense_is_an_answer(tmp_path: Path) -> None:
    code, lines = await said({"PRATIQUE_ECOSYSTEMS": "Slackware"}, "refresh", tmp_path)
    assert code == FAILED
    assert "Slackware" in lines[0]


class Terminal(io.StringIO):
    """Somebody looks."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_and_a_file_sees_none() -> None:
    terminal, file = Terminal(), io.StringIO()
    for err in (terminal, file):
        with bars(err) as shown:
            shown("Debian", 1_000, 4_000)
            shown("reading [bold]", 7, None)
    assert "Debian" in terminal.getvalue()
    assert file.getvalue() == ""
