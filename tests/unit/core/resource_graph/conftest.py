"""A database of advisories, compiled once, and the app over memory that uses it."""

from pathlib import Path

import pytest

from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.ruling import apply, rule, scanned


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


@pytest.fixture
async def app(advisories: Path) -> Desk:
    return await desk(advisories)


@pytest.fixture(scope="session")
async def fleet(advisories: Path) -> Desk:
    """Two images with a finding each and a clean one, for tests that only ask."""
    app = await desk(advisories)
    await scanned(app, 1, 2)
    await app.push(3)
    await app.app.drain()
    return app


@pytest.fixture(scope="session")
async def ruled(advisories: Path) -> Desk:
    """An image of which the only finding is disabled, for tests that only ask."""
    app = await desk(advisories)
    await scanned(app, 1)
    await rule(app)
    await apply(app)
    await app.app.drain()
    return app
