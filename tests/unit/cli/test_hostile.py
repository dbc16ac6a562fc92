"""Names from inside images command neither a terminal nor a pipeline's runner."""

import json
import re

import pytest

from cli.hostile import harmless, harmless_json
from tests.support.commands import saying

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b2J",
    "two\nlines\r\n::set-output name=x::y",
    "::set-output name=x::y",
    "  ::add-mask::*",
    "a##vso[task.setvariable variable=x]y",
    "##VSO[task.complete result=Succeeded]",
    "##[set-env name=PATH]evil",
    "\u202egnp.exe",
    "zero\u200bwidth",
    "line\u2028separator",
    "[bold red]markup[/bold red]",
    "[link=http://evil.example]markup[/link]",
    "\ud800",
]
COMMAND = re.compile(r"^\s*::|##vso\[|##\[", re.IGNORECASE | re.MULTILINE)


def is_harmless(text: str) -> bool:
    unseen = any((ord(one) < 32 and one != "\n") or 127 <= ord(one) < 160 for one in text)
    return not unseen and not COMMAND.search(text) and not set(text) & set("\u202e\u200b\u2028")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_shown_on_one_line_and_obeyed_by_nobody(text: str) -> None:
    shown = harmless(text)
    assert is_harmless(shown)
    assert "\n" not in shown


@pytest.mark.parametrize("text", ["zlib", "perl-Foo::Bar", "naïve", "包", "a#b", "C##"])
def test_what_is_no_command_is_shown_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_json_says_the_same_and_is_obeyed_by_nobody(text: str) -> None:
    written = harmless_json({"package": text, "names": [text], text: 1})
    assert is_harmless(written)
    assert json.loads(written) == {"package": text, "names": [text], text: 1}


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("text", [one for one in HOSTILE if one.isprintable() or "\x1b" in one])
def test_no_command_shows_a_hostile_name_as_it_is(text: str, terminal: bool) -> None:
    finding = dict.fromkeys(("severity", "id", "package", "version", "fixed"), text)
    ran = saying({"value": [finding]}).run("findings", "--package", "zlib", terminal=terminal)
    assert ran.code == 0
    colours = re.compile(r"\x1b\[[0-9;]*m") if terminal else re.compile("$^")
    rest = colours.sub("", ran.out)
    assert is_harmless(rest)
    assert "evil.example" not in rest or "link=" in rest or "\\x1b]8" in rest
    assert "\x1b]8" not in ran.out


def test_an_error_of_the_service_is_hostile_too() -> None:
    ran = saying(400).run("images", "list", "--registry", "::error::x\x1b[2J")
    assert is_harmless(ran.err)
