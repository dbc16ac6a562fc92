"""What the pages about Azure rest on is there."""

import ast
import re
from pathlib import Path
from typing import TypeIs

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ("docs/security.md", "docs/deploy.md", "docs/scale.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    named = re.findall(r"`((?:core|functions|infra|tests|bench)/[\w./-]+\.\w+)(?:::[\w.]+)?`", text)
    linked = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text)
    assert named or linked
    assert [one for one in named if not (ROOT / one).exists()] == []
    assert [one for one in linked if not (ROOT / "docs" / one).exists()] == []


def defined_in(path: Path) -> set[str]:
    """Functions and classes of a module, and methods behind their class."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {node.name} | {f"{node.name}.{one.name}" for one in node.body if _is_one(one)}
        elif _is_one(node):
            found.add(node.name)
    return found


def _is_one(node: ast.stmt) -> TypeIs[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def rows_under(heading: str) -> list[list[str]]:
    """The table under a heading of docs/security.md, without its head."""
    text = (ROOT / "docs/security.md").read_text()
    section = re.split(r"^## ", text.split(f"## {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("heading", "prefix"),
    [
        ("What a malicious image can reach", "tests/"),
        ("What the app may do in Azure", "core/"),
    ],
)
def test_each_claim_about_security_rests_on_code_that_is_there(heading: str, prefix: str) -> None:
    """Each row names, in its last column, a test that shows it, or the code that needs it."""
    rows = rows_under(heading)
    assert len(rows) >= 14
    for row in rows:
        references = re.findall(r"`([\w/.]+\.py)::([\w.]+)`", row[-1])
        assert references, row
        for path, name in references:
            assert path.startswith(prefix)
            assert name in defined_in(ROOT / path), f"{path}::{name}"


def test_every_role_that_is_assigned_stands_in_the_table_of_permissions() -> None:
    table = re.sub(r"[^a-z|]", "", (ROOT / "docs/security.md").read_text().lower())
    roles = {
        name.lower()
        for path in (ROOT / "infra/modules").glob("*.bicep")
        for name in re.findall(r"(\w+): '[0-9a-f]{8}-[0-9a-f-]{27}'", path.read_text())
    } - {"containerregistryrepositorycataloglister", "storageblobdatacontributor"}
    for role in roles:
        assert role in table, role
