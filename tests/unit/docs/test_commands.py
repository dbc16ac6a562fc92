"""What documents tell people to type works as it stands there, and so do the steps of pipelines.

The app over memory is served on this machine. Whatever signs in or installs something is a word
that does nothing more than hand out a token.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
from werkzeug.serving import make_server

from cli.exits import Exit
from core.access.roles import Role
from functions.access_settings import read_access_settings
from tests.support.access import issuer
from tests.support.examples import ROOT, Block, blocks
from tests.support.furnished import furnished
from tests.support.samples import REGISTRY, REPOSITORY, digest

DOCUMENTS = ("api", "access", "exports", "gate", "cli", "resource-graph")
SNIPPETS = [one for name in DOCUMENTS for one in blocks(f"docs/{name}.md")]
ASKING = [
    one for one in SNIPPETS if one.language == "sh" and ("curl" in one.text or "$" in one.text)
]
PIPELINES = [one for one in SNIPPETS if one.language == "yaml"]
VULNERABLE, HEALTHY = (f"{REGISTRY}/{REPOSITORY}@{digest(number)}" for number in (1, 2))
WORDS = {
    "pratique": f'cd {ROOT} && exec {sys.executable} -m cli "$@"',
    "az": 'case "$1" in account) echo "$TOKEN";; esac',
    "pip": "",
    "python": 'echo "$TOKEN"',
}
"""What each word does: the command itself, and others that hand out the token or do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A folder to type in, and a service to ask."""

    folder: Path
    url: str

    def run(self, script: str, **given: str) -> subprocess.CompletedProcess[str]:
        """What becomes of a script; requests that fail end it."""
        token = issuer().token(Role.ADMINISTRATOR)
        names = ("APP", "PRATIQUE_URL", "PRATIQUE_APP_URL")
        return subprocess.run(  # noqa: S603 - what the documents say
            ["/bin/bash", "-eu", "-c", script],
            cwd=self.folder,
            env={
                **dict.fromkeys(names, self.url),
                "TOKEN": token,
                "PRATIQUE_TOKEN": token,
                "CURL_HOME": str(self.folder),
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "principal": "p",
                "app": "a",
                "role": "r",
                **given,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The app, and the words."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / ".curlrc").write_text("silent\nfail-with-body\n")
    for name, says in WORDS.items():
        places = [folder / "bin"] if name != "python" else [folder / ".venv/bin"]
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(f"#!/bin/bash\n{says}\n")
            (place / name).chmod(0o755)
    with furnished(tmp_path_factory.mktemp("advisories")) as there:
        server = make_server("127.0.0.1", 0, there.app)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Shell(folder=folder, url=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("block", ASKING, ids=str)
def test_what_is_typed_works(shell: Shell, block: Block) -> None:
    script = block.text.replace("sha256:…", digest(1)).replace("http://127.0.0.1:7071", shell.url)
    ran = shell.run(script, PRATIQUE_AUDIENCE="audience")
    stops = Exit.FAILS if block.text.startswith("pratique gate") else Exit.DONE
    assert ran.returncode == stops, ran.stdout + ran.stderr
    if ran.stdout.startswith("{"):
        assert "error" not in json.loads(ran.stdout)


def test_something_is_typed_in_every_document() -> None:
    assert {one.document for one in ASKING} == {f"docs/{name}.md" for name in DOCUMENTS}
    assert len(PIPELINES) == 2


@pytest.mark.parametrize(
    ("block", "image", "code"),
    [(PIPELINES[0], HEALTHY, Exit.DONE), (PIPELINES[1], VULNERABLE, Exit.FAILS)],
    ids=str,
)
def test_a_pipeline_lets_an_image_pass_and_stops_another(
    shell: Shell, block: Block, image: str, code: Exit
) -> None:
    step = yaml.safe_load(block.text)["steps"][-1]
    assert {"PRATIQUE_URL", "PRATIQUE_AUDIENCE", "IMAGE"} == set(step["env"])
    ran = shell.run(step.get("run") or step["inputs"]["inlineScript"], IMAGE=image)
    assert ran.returncode == code, ran.stdout + ran.stderr


def test_scopes_are_read_as_they_are_shown() -> None:
    [shown] = [one for one in SNIPPETS if one.document == "docs/access.md" and one.text[0] == "["]
    grants = read_access_settings({"PRATIQUE_SCOPES": shown.text}).grants
    assert grants is not None
    assert [one.who for one in grants] == ["6a1f…", "Pratique.Team.B", "9c02…"]
