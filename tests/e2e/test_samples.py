"""The demo's images reach a real registry as they were made."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dev.images.catalogue import CATALOGUE, Sample
from dev.images.oci import build_layout
from dev.stack.process import stop
from dev.stack.registry import Registry, start_registry
from dev.stack.skopeo import push

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
async def registry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Registry]:
    """A registry whose notifications nobody listens to."""
    folder = tmp_path_factory.mktemp("registry")
    running = await start_registry(folder, notify="http://127.0.0.1:9/")
    yield running
    await stop(running.process)


@pytest.mark.parametrize("sample", CATALOGUE, ids=lambda sample: sample.repository)
async def test_an_image_arrives_under_the_digest_it_was_built_with(
    sample: Sample, registry: Registry, tmp_path: Path
) -> None:
    built = build_layout(tmp_path, sample.build())
    source, server = f"oci:{tmp_path}", registry.login_server
    assert await push(source, server, sample.repository, sample.tag) == built.digest
