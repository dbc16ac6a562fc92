"""The app over memory with one unhealthy image, for whoever looks at its pages."""

from pathlib import Path

import pytest

from functions import bootstrap
from tests.support.access import stand_guard
from tests.support.desk import VULNERABLE, ZLIB, Desk, compiled, desk
from tests.support.samples import digest


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


@pytest.fixture
async def app(advisories: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The app over memory with one unhealthy image, as what the process has built."""
    made = await desk(advisories)
    monkeypatch.setattr(bootstrap, "_services", [made.app.services])
    stand_guard(monkeypatch)
    made.sandboxes.brings[digest(1)] = VULNERABLE
    await made.push(1)
    await made.app.drain()
    return made
