"""The files around the code stay true: commands exist, pins hold, what is deployed is complete."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from dev.host.config import read_host_json
from dev.host.settings import read_settings

ROOT = Path(__file__).parent.parent.parent


def readme_commands() -> list[str]:
    """Each `make …` of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("command", readme_commands())
def test_the_readmes_commands_are_verbs_of_the_makefile(command: str) -> None:
    make, *verbs = command.split()
    assert make == "make"
    program = shutil.which("make")
    assert program is not None
    run = subprocess.run(  # noqa: S603 (make, told to run nothing)
        [program, "--dry-run", *verbs], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert run.returncode == 0, run.stderr


def test_make_alone_lists_every_verb() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    run = subprocess.run(
        ["make"],  # noqa: S607 (whichever make the reader has)
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    listed = re.findall(r"^  make ([a-z-]+) ", run.stdout, re.MULTILINE)
    assert set(listed) == set(targets) - {"installed"}


def test_nothing_that_is_deployed_imports_what_is_not() -> None:
    ignored = [
        line.rstrip("/")
        for line in (ROOT / ".funcignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    deployed = [
        path
        for path in [ROOT / "function_app.py", *ROOT.glob("*/**/*.py")]
        if path.exists() and not fnmatch_any(path.relative_to(ROOT).parts[0], ignored)
    ]
    assert deployed
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in deployed
        for name in imported(path)
        if (ROOT / name.partition(".")[0]).is_dir() and fnmatch_any(name.partition(".")[0], ignored)
    ]
    assert wrong == []


def fnmatch_any(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def test_the_local_host_takes_host_json_and_the_sample_of_settings() -> None:
    assert read_host_json(ROOT / "host.json").queues.base64
    assert read_settings(ROOT / "local.settings.sample.json")["FUNCTIONS_WORKER_RUNTIME"]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_python_package_is_pinned_by_hash(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.findall(r"^([a-z0-9_.\[\]-]+)==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 10
    assert "://" not in text


def test_the_node_packages_are_pinned_by_hash_and_name_no_host() -> None:
    text = (ROOT / "dev/azurite/package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity": "sha512-') == text.count('    "node_modules/')
