"""What the pages about Azure rest on is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ("docs/security.md", "docs/deploy.md", "docs/scale.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    named = re.findall(r"`((?:core|functions|infra|tests|bench)/[\w./-]+\.\w+)`", text)
    linked = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text)
    assert named or linked
    assert [one for one in named if not (ROOT / one).exists()] == []
    assert [one for one in linked if not (ROOT / "docs" / one).exists()] == []


def test_every_role_that_is_assigned_stands_in_the_table_of_permissions() -> None:
    table = re.sub(r"[^a-z|]", "", (ROOT / "docs/security.md").read_text().lower())
    roles = {
        name.lower()
        for path in (ROOT / "infra/modules").glob("*.bicep")
        for name in re.findall(r"(\w+): '[0-9a-f]{8}-[0-9a-f-]{27}'", path.read_text())
    } - {"containerregistryrepositorycataloglister", "storageblobdatacontributor"}
    for role in roles:
        assert role in table, role
