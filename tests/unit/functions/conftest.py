"""The app over memory, empty or with one unhealthy image, for whoever asks it over HTTP."""

from pathlib import Path

import pytest

from functions import bootstrap
from tests.support.access import stand_guard
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


@pytest.fixture
async def empty(advisories: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The app over memory, as what the process has built."""
    made = await desk(advisories)
    monkeypatch.setattr(bootstrap, "_services", [made.app.services])
    stand_guard(monkeypatch)
    return made


@pytest.fixture
async def app(empty: Desk) -> Desk:
    """The same with one unhealthy image."""
    empty.sandboxes.brings[digest(1)] = VULNERABLE
    await empty.push(1)
    await empty.app.drain()
    return empty
