"""A story begins with an empty registry, and with one advisory in force."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.desk import ZLIB, compiled
from tests.support.story import Story, story


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


@pytest.fixture
async def tale(advisories: Path, tmp_path: Path) -> AsyncIterator[Story]:
    async with story(advisories, tmp_path) as one:
        yield one
