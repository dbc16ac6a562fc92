"""The table of what is shown by which test names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("README.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)


def test_every_test_that_the_table_names_is_there() -> None:
    assert len(NAMED) > 50
    sources = {path: (ROOT / path).read_text() for path, _ in NAMED}
    gone = [name for path, name in NAMED if f"def {name}(" not in sources[path]]
    assert gone == []


def test_every_story_is_in_the_table() -> None:
    stories = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
        for name in re.findall(r"def (test_\w+)\(", path.read_text())
    }
    assert stories <= {name for _, name in NAMED}
