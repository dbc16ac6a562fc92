"""Manifests: what arrives is what its digest says, and no more than a manifest may have."""

import asyncio
import gzip
import json

import pytest
from aiohttp import web

from core.errors import (
    AccessDenied,
    InvalidReference,
    NotFound,
    RegistryUnavailable,
    Throttled,
    UntrustedContent,
)
from core.registry.client import RegistryClient
from core.registry.interface import Registry
from core.registry.manifests import MAX_MANIFEST
from core.registry.media_types import OCI_MANIFEST
from core.registry.patience import Patience
from tests.unit.core.registry.servers import HASTY, Handler, Script, digest_of, local, serving

MANIFEST = json.dumps({"schemaVersion": 2, "config": {}, "layers": []}).encode()
DIGEST = digest_of(MANIFEST)


def manifest(**headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=MANIFEST, headers={"Content-Type": OCI_MANIFEST, **named})


async def fetch(handler: Handler, reference: str = DIGEST, patience: Patience = HASTY) -> bytes:
    async with serving(handler) as server, RegistryClient(local(server), None, patience) as client:
        registry: Registry = client
        return (await registry.manifest("team/app", reference)).data


async def test_a_manifest_comes_by_digest_with_its_exact_bytes() -> None:
    script = Script(manifest())
    async with serving(script) as server, RegistryClient(local(server), None, HASTY) as client:
        fetched = await client.manifest("team/app", DIGEST)
    assert (fetched.data, fetched.digest, fetched.media_type) == (MANIFEST, DIGEST, OCI_MANIFEST)
    assert script.paths == [f"/v2/team/app/manifests/{DIGEST}"]
    assert OCI_MANIFEST in (script.sent("Accept")[0] or "")
    assert script.sent("Accept-Encoding") == ["identity"]
    assert script.sent("User-Agent") == ["pratique"]


async def test_a_manifest_by_tag_is_known_by_its_own_digest() -> None:
    script = Script(manifest(Docker_Content_Digest=DIGEST))
    async with serving(script) as server, RegistryClient(local(server), None, HASTY) as client:
        assert (await client.manifest("team/app", "v1")).digest == DIGEST


async def test_other_bytes_than_the_digest_names_are_not_believed() -> None:
    with pytest.raises(UntrustedContent, match="hash to"):
        await fetch(Script(manifest()), "sha256:" + "0" * 64)


async def test_a_registry_that_contradicts_itself_about_a_tag_is_not_believed() -> None:
    with pytest.raises(UntrustedContent, match="hash to"):
        await fetch(Script(manifest(Docker_Content_Digest="sha256:" + "0" * 64)), "v1")


@pytest.mark.parametrize("reference", ["", "../v1", "v1?x=1", "sha256:short", "v1\r\nX: y"])
async def test_what_is_no_reference_is_not_asked_for(reference: str) -> None:
    script = Script(manifest())
    with pytest.raises(InvalidReference):
        await fetch(script, reference)
    assert script.paths == []


async def test_what_is_no_repository_is_not_asked_for() -> None:
    script = Script(manifest())
    async with serving(script) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(InvalidReference):
            await client.manifest("team/../../app", DIGEST)
    assert script.paths == []


async def test_a_manifest_that_is_not_replicated_yet_is_asked_for_again() -> None:
    unknown = web.json_response({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, status=404)
    assert await fetch(Script(unknown, unknown, manifest())) == MANIFEST


async def test_a_manifest_that_stays_missing_is_not_found() -> None:
    script = Script(web.Response(status=404))
    with pytest.raises(NotFound, match=r"manifest sha256:.* of team/app in 127"):
        await fetch(script)
    assert len(script.requests) == HASTY.tries


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_is_final(status: int) -> None:
    script = Script(web.Response(status=status))
    with pytest.raises(AccessDenied):
        await fetch(script)
    assert len(script.requests) <= 2  # a 401 is answered once, with what there is


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_registry_is_asked_again_when_it_says(status: int) -> None:
    busy = web.Response(status=status, headers={"Retry-After": "0"})
    assert await fetch(Script(busy, busy, manifest())) == MANIFEST


async def test_a_registry_that_stays_busy_is_reported_so() -> None:
    script = Script(web.Response(status=429, headers={"Retry-After": "0"}))
    with pytest.raises(Throttled):
        await fetch(script)
    assert len(script.requests) == HASTY.tries


async def test_a_registry_that_asks_for_an_hour_is_not_waited_for() -> None:
    script = Script(web.Response(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(Throttled) as caught:
        await fetch(script)
    assert caught.value.retry_after == 3600
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [400, 500, 502])
async def test_an_error_of_the_registry_is_tried_again(status: int) -> None:
    assert await fetch(Script(web.Response(status=status), manifest())) == MANIFEST


async def test_a_dropped_connection_is_tried_again() -> None:
    async def drop(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    assert await fetch(Script(drop, manifest())) == MANIFEST
    with pytest.raises(RegistryUnavailable, match="broke off"):
        await fetch(Script(drop))


async def test_nobody_listening_is_unavailable() -> None:
    async with serving(Script(manifest())) as server:
        pass
    async with RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(RegistryUnavailable, match="cannot be reached"):
            await client.manifest("team/app", DIGEST)


async def test_50_megabytes_are_refused_before_they_are_sent() -> None:
    sent = 0

    async def announce(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Length": str(50 * 1024 * 1024)})
        await response.prepare(request)
        while True:  # until the client hangs up
            await response.write(b" " * 65_536)
            sent += 65_536

    with pytest.raises(UntrustedContent, match="at most 4194304"):
        await fetch(announce)
    assert sent < 50 * 1024 * 1024


async def test_a_body_without_an_end_is_cut_at_the_limit() -> None:
    hung_up = asyncio.Event()

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 65_536)
        finally:
            hung_up.set()

    async with serving(endless) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(UntrustedContent, match=f"more than {MAX_MANIFEST} bytes"):
            await client.manifest("team/app", DIGEST)
        await asyncio.wait_for(hung_up.wait(), timeout=20)


async def test_a_gzip_bomb_is_never_unpacked() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    answer = web.Response(body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(UntrustedContent, match="encoded as 'gzip'"):
        await fetch(Script(answer))
    mute = web.Response(body=bomb)  # as it would come from a server that hides what it does
    with pytest.raises(UntrustedContent, match="hash to"):
        await fetch(Script(mute))


async def test_a_slow_drip_ends_with_the_deadline() -> None:
    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.02)

    with pytest.raises(RegistryUnavailable, match=r"no whole answer within 0\.5 seconds"):
        await fetch(drip, patience=Patience(answer=0.5, silence=5.0))


async def test_silence_ends_an_attempt() -> None:
    script = Script(_silent, manifest())
    assert await fetch(script, patience=Patience(silence=0.2, first_pause=0.01)) == MANIFEST
    assert len(script.requests) == 2


async def test_a_caller_s_own_deadline_is_its_own() -> None:
    async with serving(_silent) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.manifest("team/app", DIGEST)


async def _silent(request: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def test_a_client_outside_of_its_context_is_a_mistake() -> None:
    client = RegistryClient(local("127.0.0.1:9"), None, HASTY)
    with pytest.raises(RuntimeError):
        await client.manifest("team/app", DIGEST)
