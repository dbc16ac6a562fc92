"""A database of advisories, compiled once, and the app over memory that uses it."""

from pathlib import Path

import pytest

from tests.support.desk import ZLIB, Desk, compiled, desk


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


@pytest.fixture
async def app(advisories: Path) -> Desk:
    """The app, with nothing in it yet."""
    return await desk(advisories)
