"""What `make up` left is found again, or said to be unreadable."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from dev.stack.background import down, read


async def test_with_no_stack_there_is_nothing_to_stop(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    assert await down(tmp_path) == []


def test_a_file_that_describes_no_stack_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"stack\.json does not describe a stack"):
        read(tmp_path)
    assert (tmp_path / "stack.json").exists()
