"""A database of advisories, compiled once."""

from pathlib import Path

import pytest

from tests.support.desk import ZLIB, compiled


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)
