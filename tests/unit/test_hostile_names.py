"""Names from inside images on every way out: whatever opens, shows or logs them obeys none.

An image's packages, their versions, layers and places, its system, and the advisories on it are
named by somebody hostile; its repository and its tag as far as a registry lets them. What the app
answers in each form, what its pages show, what the command prints and what the log says is looked
at whole.
"""

import asyncio
import csv
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from core.counters import Counters
from dev.inprocess import Delivered
from functions.showing import POLICY
from tests.support.advisories import Json, affected, below, record
from tests.support.commands import Service
from tests.support.desk import RESOURCE, Desk, compiled, desk
from tests.support.fleet import deb, sbom
from tests.support.samples import REGISTRY, digest
from tests.support.served import Served, serve

NAMES = {
    "formula": '=HYPERLINK("http://evil.example","x")',
    "at": "@SUM(1+1)",
    "escape": "\x1b]0;owned\x07\x1b[2J",
    "c1": "\x9b2Jx",
    "markup": "[red]x[/red][link=http://evil.example]y[/link]",
    "script": '"><script>alert(1)</script>',
    "picture": "<img src=x onerror=alert(1)>",
    "link": "[x](javascript:alert(1)) ![y](http://evil.example)",
    "placeholder": "{0} %s {{x}}",
    "github": "::set-output name=x::y",
    "azure": "##vso[task.setvariable variable=x]y",
    "group": "##[error]z",
    "lines": "a\r\nSet-Cookie: x=y\n::error::x",
    "backwards": "\u202egnp.exe",
    "unseen": "zero\u200bwidth",
    "separator": "line\u2028separator",
}
"""What somebody may call a package."""
SHOWN = {name for name in NAMES.values() if name.isprintable()}
"""Those of which there are findings: whatever else is no package's name, and cannot be judged."""
FINDINGS = 2 * len(SHOWN)
"""One of a package of that name, and one of that version."""
ALL = " ".join(NAMES.values())
"""What advisories say."""
REPOSITORY, TAG = "export/findings/a--b/scan", "__proto__.-" + "_" * 100
"""What a registry lets be: words of our own addresses, and of the languages of browsers."""
IMAGE = f"{REGISTRY}/{REPOSITORY}/{digest(1)}"
OTHER = f"{REGISTRY}/{REPOSITORY}/{digest(2)}"
"""An image whose very system is named so, and nothing is found in it."""
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e]")
"""Characters that are obeyed rather than seen."""
COMMAND = re.compile(r"^\s*::|##vso\[|##\[", re.MULTILINE | re.IGNORECASE)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An image with all of these packages, each with a finding."""
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        yield serve(runner.run(_scanned(tmp_path_factory.mktemp("advisories"))), runner, patch)


async def _scanned(folder: Path) -> Desk:
    names, versions = list(NAMES.values()), sorted(SHOWN)
    records = [
        _record(number, below("Debian:12", name, "2")) for number, name in enumerate(names, 1)
    ]
    by_version = affected("Maven", "evil:version", versions=versions)
    made = await desk(compiled(folder, *records, _record(99, by_version)))
    packages = [{**_placed(deb(quote(name, safe=""), "1"), name), "name": name} for name in names]
    of_versions = [
        {
            **_placed(deb("version", name), name),
            "purl": f"pkg:maven/evil/version@{quote(name, safe='')}",
        }
        for name in names
    ]
    system = (NAMES["script"], NAMES["markup"])
    made.sandboxes.brings |= {
        digest(1): Delivered(sbom=sbom(*packages, *of_versions)),
        digest(2): Delivered(sbom=sbom(system=system)),
    }
    for number in (1, 2):
        pushed = replace(made.pushed(number, TAG), repository=REPOSITORY)
        await made.app.services.scanning.intake.take(pushed)
    await made.app.drain()
    await made.app.services.following.runner.sweep()
    return made


def _record(number: int, entry: Json) -> Json:
    """An advisory that says everything that is hostile."""
    name = list(NAMES.values())[number % len(NAMES)]
    return record(
        f"HOSTILE-{number}",
        entry,
        upstream=[f"CVE-2026-{number}"],
        summary=ALL,
        details=ALL,
        references=[{"type": "WEB", "url": f"javascript:{name}"}],
    )


def _placed(component: Json, name: str) -> Json:
    """A package in a layer and in a file of that name."""
    where = {
        "aquasecurity:trivy:LayerDigest": name,
        "aquasecurity:trivy:FilePath": name,
        "syft:location:0:path": name,
    }
    properties = [{"name": key, "value": value} for key, value in where.items()]
    return {**component, "properties": properties}


def told(app: Served, target: str) -> str:
    """What comes back, whose headers are harmless, too."""
    response = app.ask(target)
    assert response is not None
    assert response.status_code == 200, response.get_body()
    for name, value in response.headers.items():
        assert not UNSEEN.search(f"{name}{value}"), name
        assert not {"\r", "\n"} & set(value), name
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return response.get_body().decode()


def strings(value: object) -> Iterator[str]:
    """All texts in a JSON document."""
    match value:
        case str():
            yield value
        case list():
            yield from (text for one in value for text in strings(one))
        case dict():
            yield from (text for pair in value.items() for one in pair for text in strings(one))


def test_the_api_says_names_as_they_are_in_json_and_nothing_else(app: Served) -> None:
    found = json.loads(told(app, f"/api/images/{IMAGE}/findings"))["value"]
    assert len(found) == FINDINGS
    assert {one["package"] for one in found} == {*SHOWN, "evil:version"}
    assert {one["version"] for one in found} == {*SHOWN, "1"}
    assert {one["layer"] for one in found} == SHOWN
    assert not any(one["references"] for one in found), "none of them is a web address"


ANSWERS = [
    "/api/images",
    f"/api/images/{IMAGE}/findings",
    f"/api/images/{IMAGE}",
    f"/api/images/{IMAGE}/layers",
    f"/api/images/{OTHER}",
    "/api/findings?cve=CVE-2026-99",
    "/api/recommendations?by=image",
    "/api/attention",
    f"/api/search?q={quote('--b')}",
    f"/api/tags?registry={REGISTRY}&repository={quote(REPOSITORY)}&tag={TAG}",
    f"/api{RESOURCE}/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview",
]


@pytest.mark.parametrize("target", ANSWERS)
def test_no_answer_holds_a_character_that_is_obeyed(app: Served, target: str) -> None:
    answer = told(app, target)
    assert not UNSEEN.search(answer)
    assert "\n" not in answer
    json.loads(answer)


@pytest.mark.parametrize("form", ["cyclonedx", "spdx", "openvex", "sarif", "jsonl"])
def test_a_document_holds_no_character_that_is_obeyed(app: Served, form: str) -> None:
    written = told(app, f"/api/images/{IMAGE}/export?format={form}")
    documents = written.splitlines() if form == "jsonl" else [written]
    texts = [text for one in documents for text in strings(json.loads(one))]
    assert any("::set-output" in text or "%3A%3Aset-output" in text for text in texts)
    assert [text for text in texts if UNSEEN.search(text) or "\n" in text] == []
    assert [text for text in texts if text.startswith("javascript:")] == []


def test_sarif_shows_neither_links_nor_placeholders(app: Served) -> None:
    [run] = json.loads(told(app, f"/api/images/{IMAGE}/export?format=sarif"))["runs"]
    messages = [one["message"]["text"] for one in run["results"]]
    assert len(messages) == FINDINGS
    for text in messages:
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", text), text
        assert not re.search(r"(?<!\{)\{\d+\}(?!\})", text), text


@pytest.mark.parametrize("target", [f"/api/images/{IMAGE}/export", "/api/export"])
def test_no_cell_of_a_sheet_is_a_formula(app: Served, target: str) -> None:
    written = told(app, f"{target}?format=csv")
    head, *rows = csv.reader(io.StringIO(written, newline=""))
    assert len(rows) == FINDINGS
    assert all(len(row) == len(head) for row in rows)
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert [cell for cell in cells if UNSEEN.search(cell) or "\n" in cell] == []


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = (given.get("href") or given.get("src") or "").strip().lower()
        acts = any(name.startswith("on") or name == "style" for name in given)
        inline = tag == "script" and "src" not in given
        ours = not address or address.startswith(("/", "#"))
        strange = tag in ("iframe", "base", "object") or not (ours or tag == "a")
        if acts or inline or strange or address.startswith("javascript:"):
            self.wrong.append(f"<{tag} {given}>")


PAGES = [
    f"/images/{IMAGE}",
    f"/images/{OTHER}",
    "/images",
    "/packages?name=evil%3Aversion",
    "/",
    "/attention",
    "/vulnerabilities/CVE-2026-6",
    *(f"/packages?name={quote(name, safe='')}" for name in NAMES.values() if name.isprintable()),
    *(f"/search?q={quote(NAMES[name], safe='')}" for name in ("script", "picture", "markup")),
]


def test_no_page_runs_or_links_what_a_name_says(app: Served) -> None:
    for target in PAGES:
        page, tags = told(app, target), Tags()
        tags.feed(page)
        assert tags.wrong == [], target
        assert not UNSEEN.search(page), target
    response = app.ask(PAGES[0])
    assert response is not None
    assert response.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("command", ["findings {image}", "gate --fail-on unknown {image}"])
def test_no_terminal_and_no_runner_obeys_what_the_command_prints(
    app: Served, command: str, terminal: bool
) -> None:
    image = IMAGE.replace("/sha256", "@sha256")
    for more in ("", " --json"):
        words = f"{command}{more}".format(image=image).split()
        ran = Service(answering=_through(app)).run(*words, terminal=terminal)
        assert ran.code in (0, 1), ran
        shown = re.sub(r"\x1b\[[0-9;]*m", "", ran.out) if terminal else ran.out
        assert "set-output" in shown
        assert not UNSEEN.search(shown)
        assert not COMMAND.search(shown)
        assert "\x1b]8" not in shown


def _through(app: Served) -> Callable[[httpx.Request], httpx.Response]:
    """Has the command's requests answered by the app."""

    def answer(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        response = app.ask(target, method=request.method, body=request.content)
        assert response is not None
        return httpx.Response(response.status_code, content=response.get_body())

    return answer


@pytest.mark.parametrize("name", NAMES)
def test_a_line_of_the_log_stays_one_line(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Counters().count("registry-event-rejected", f"no repository: {NAMES[name]}")
    [line] = caplog.messages
    assert line.startswith("registry-event-rejected: no repository: ")
    assert not UNSEEN.search(line)
    assert "\n" not in line
