"""How large an image is stands in its manifest; where nobody says so, a scan does without."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest
from aiohttp import web

from core.domain.values import ImageName
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint
from core.registry.manifests import MAX_MANIFEST
from core.registry.patience import Patience
from core.scanning.weighing import ManifestWeighing
from tests.support.samples import MANIFEST

HASTY = Patience(tries=1)


def manifest(*sizes: int) -> bytes:
    def described(size: int) -> dict[str, object]:
        return {"mediaType": "x", "digest": f"sha256:{size:064x}", "size": size}

    layers = [described(size) for size in sizes]
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described(1)}
    return json.dumps({**document, "layers": layers}).encode()


@asynccontextmanager
async def registry(answer: bytes, status: int = 200, delay: float = 0) -> AsyncIterator[Endpoint]:
    """A registry that has one manifest."""

    async def serve(request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(delay)
        return web.Response(body=answer, status=status, content_type=MANIFEST)

    runner = web.ServerRunner(web.Server(serve), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield Endpoint(login_server=f"127.0.0.1:{port}", plain_http=True)
    finally:
        await runner.cleanup()


async def weighed(
    answer: bytes, status: int = 200, *, delay: float = 0, digest: str | None = None
) -> int | None:
    async with registry(answer, status, delay) as endpoint:
        image = ImageName(
            registry=endpoint.login_server,
            repository="app",
            digest=digest or f"sha256:{sha256(answer).hexdigest()}",
        )
        scales = ManifestWeighing(lambda at: RegistryClient(at, patience=HASTY), patience=0.3)
        return await scales.size(endpoint, image)


async def test_an_image_is_as_large_as_its_layers_together() -> None:
    assert await weighed(manifest(30_000_000, 5_000_000_000)) == 5_030_000_000


async def test_what_is_no_image_has_no_size() -> None:
    index = {"schemaVersion": 2, "manifests": []}
    assert await weighed(json.dumps(index).encode()) is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [(b"", 404), (b"", 401), (b"", 500), (b"{", 200), (b"[" * MAX_MANIFEST, 200)],
)
async def test_a_registry_that_does_not_say_it_is_no_obstacle(answer: bytes, status: int) -> None:
    assert await weighed(answer, status) is None


async def test_another_manifest_than_the_digest_names_says_nothing() -> None:
    assert await weighed(manifest(5), digest=f"sha256:{1:064x}") is None


async def test_a_slow_registry_is_not_waited_for() -> None:
    assert await weighed(manifest(5), delay=30) is None
