"""Blobs: a file under its name is whole and verified, and nothing beyond its size is written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from core.errors import InvalidReference, RegistryUnavailable, UntrustedContent
from core.registry.client import RegistryClient
from core.registry.interface import MAX_BLOB_IN_MEMORY
from tests.unit.core.registry.servers import HASTY, Handler, Script, digest_of, local, serving

LAYER = bytes(range(256)) * 4096
DIGEST = digest_of(LAYER)


@asynccontextmanager
async def client_of(handler: Handler) -> AsyncIterator[RegistryClient]:
    async with serving(handler) as server, RegistryClient(local(server), None, HASTY) as client:
        yield client


def chunked(data: bytes) -> Handler:
    """An answer that does not say how long it is."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(data)
        return response

    return answer


async def truncated(request: web.BaseRequest) -> web.StreamResponse:
    """The first half, then the connection breaks."""
    response = web.StreamResponse(headers={"Content-Length": str(len(LAYER))})
    await response.prepare(request)
    await response.write(LAYER[: len(LAYER) // 2])
    await asyncio.sleep(0.05)  # so that the half is read before the end is noticed
    assert request.transport is not None
    request.transport.close()
    return response


async def test_a_blob_is_saved_under_its_name_when_it_is_whole(tmp_path: Path) -> None:
    script = Script(web.Response(body=LAYER))
    async with client_of(script) as client:
        await client.save_blob("team/app", DIGEST, len(LAYER), tmp_path / "layer")
    assert (tmp_path / "layer").read_bytes() == LAYER
    assert [path.name for path in tmp_path.iterdir()] == ["layer"]
    assert script.paths == [f"/v2/team/app/blobs/{DIGEST}"]


async def test_a_small_blob_is_held_in_memory() -> None:
    async with client_of(chunked(LAYER)) as client:
        assert await client.blob("team/app", DIGEST, len(LAYER)) == LAYER


async def test_a_broken_download_begins_anew(tmp_path: Path) -> None:
    script = Script(truncated, truncated, web.Response(body=LAYER))
    async with client_of(script) as client:
        await client.save_blob("team/app", DIGEST, len(LAYER), tmp_path / "layer")
    assert (tmp_path / "layer").read_bytes() == LAYER
    assert len(script.requests) == 3


async def test_a_broken_download_in_memory_begins_anew() -> None:
    async with client_of(Script(truncated, web.Response(body=LAYER))) as client:
        assert await client.blob("team/app", DIGEST, len(LAYER)) == LAYER


async def test_a_layer_that_is_always_truncated_is_given_up_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    async with client_of(truncated) as client:
        with pytest.raises(RegistryUnavailable, match="broke off"):
            await client.save_blob("team/app", DIGEST, len(LAYER), tmp_path / "layer")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Script(web.Response(body=LAYER[:-1])), "1048575 bytes, not 1048576"),
        (Script(web.Response(body=LAYER + b"x")), "1048577 bytes, not 1048576"),
        (chunked(LAYER[:-1]), "ends after 1048575 of 1048576 bytes"),
        (chunked(LAYER + b"x"), "more than the 1048576 bytes"),
        (chunked(LAYER[:-1] + b"x"), "hash to"),
        (
            Script(web.Response(body=LAYER, headers={"Content-Encoding": "zstd"})),
            "encoded as 'zstd'",
        ),
    ],
)
async def test_a_blob_that_is_not_the_one_described_leaves_nothing(
    answer: Handler, why: str, tmp_path: Path
) -> None:
    async with client_of(answer) as client:
        with pytest.raises(UntrustedContent, match=why):
            await client.save_blob("team/app", DIGEST, len(LAYER), tmp_path / "layer")
    assert list(tmp_path.iterdir()) == []


async def test_a_layer_without_an_end_is_cut_at_its_size(tmp_path: Path) -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(LAYER)

    async with client_of(endless) as client:
        with pytest.raises(UntrustedContent, match="more than the 1048576 bytes"):
            await client.save_blob("team/app", DIGEST, len(LAYER), tmp_path / "layer")
    assert list(tmp_path.iterdir()) == []


async def test_what_is_too_large_for_memory_is_not_asked_for() -> None:
    script = Script(web.Response(body=LAYER))
    async with client_of(script) as client:
        with pytest.raises(UntrustedContent, match="too many to be held in memory"):
            await client.blob("team/app", DIGEST, MAX_BLOB_IN_MEMORY + 1)
    assert script.paths == []


async def test_what_is_no_digest_is_not_asked_for(tmp_path: Path) -> None:
    script = Script(web.Response(body=LAYER))
    async with client_of(script) as client:
        with pytest.raises(InvalidReference):
            await client.save_blob("team/app", "../../etc", len(LAYER), tmp_path / "layer")
    assert script.paths == []
    assert list(tmp_path.iterdir()) == []
