"""What the documents say of the command is what it does, and it installs with what it imports."""

import ast
import re
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from cli.exits import Exit
from tests.support.commands import saying

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize(
    ("document", "arguments"), [("docs/cli.md", ()), ("docs/gate.md", ("gate",))]
)
def test_the_documents_show_the_help_as_it_is(
    document: str,
    arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert saying({}).run(*arguments, "--help").code == Exit.DONE
    shown = re.search(r"```text\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1] == capsys.readouterr().out


def test_every_exit_code_is_documented() -> None:
    said = re.findall(r"^\| (\d) \|", (ROOT / "docs/cli.md").read_text(), re.MULTILINE)
    assert [int(one) for one in said] == list(Exit)


def test_what_is_installed_is_what_is_imported() -> None:
    named = {re.split(r"[>=\[]", one)[0] for one in PROJECT["project"]["dependencies"]}
    imported = {
        module
        for path in (ROOT / "cli").glob("*.py")
        for module in modules_of(path)
        if module not in sys.stdlib_module_names and module != "cli"
    }
    assert imported <= named | {"azure-core"}  # which azure-identity stands on


def test_the_command_that_is_installed_is_there() -> None:
    module, _, name = PROJECT["project"]["scripts"]["pratique"].partition(":")
    assert callable(getattr(import_module(module), name))
    assert PROJECT["tool"]["setuptools"]["packages"] == ["cli"]
    assert [
        path for path in (ROOT / "cli").iterdir() if path.is_dir() and path.name[0] != "_"
    ] == []


def modules_of(path: Path) -> set[str]:
    """The packages that a module imports, as they are installed."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    of = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {
        "-".join(name.split(".")[: 2 if name.startswith("azure.") else 1]) for name in plain | of
    }
