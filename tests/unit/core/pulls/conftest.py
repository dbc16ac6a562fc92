"""The app over memory, with a registry's log by hand."""

from pathlib import Path

import pytest

from tests.support.activities import Activities
from tests.support.desk import ZLIB, Desk, compiled, desk


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


@pytest.fixture
def activities() -> Activities:
    return Activities()


@pytest.fixture
async def app(advisories: Path, activities: Activities) -> Desk:
    """Images 1 and 2, scanned."""
    app = await desk(advisories, activities=activities)
    for number in (1, 2):
        await app.push(number)
    await app.app.drain()
    return app
