"""Keys are kept, looked for anew when they change, and outlive an outage; strangers do little."""

import asyncio
from dataclasses import dataclass, field

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.access.published import APART, FRESH, KEPT, SOON, PublishedKeys, fetch
from core.errors import KeysUnavailable
from dev.issuer.issuer import TENANT, Issuer
from dev.issuer.server import METADATA, application
from tests.support.access import issuer

OTHER = "http://127.0.0.1:9999"
DAY = 24 * 3600.0


@dataclass(slots=True)
class World:
    """An issuer that can fall silent and change its keys, and a clock."""

    issuers: list[Issuer] = field(default_factory=lambda: [issuer()])
    silent: bool = False
    body: bytes | None = None
    """What it says in place of its keys."""
    looks: int = 0
    now: float = 1000.0

    async def fetch(self, url: str) -> bytes:
        await asyncio.sleep(0)
        if url == "metadata":
            self.looks += 1
        if self.silent:
            raise KeysUnavailable("no answer")
        if url == "metadata":
            return b'{"jwks_uri": "https://keys.example/"}'
        keys = [key for one in self.issuers for key in one.published()["keys"]]
        return msgspec.json.encode({"keys": keys}) if self.body is None else self.body

    def keys(self) -> PublishedKeys:
        return PublishedKeys("metadata", self.fetch, lambda: self.now)


KNOWN = issuer().key_id
LATER = issuer(OTHER).key_id


async def test_keys_are_read_once_and_again_when_they_are_old() -> None:
    world = World()
    keys = world.keys()
    assert await keys.find(KNOWN) is not None
    world.now += FRESH - 1
    assert await keys.find(KNOWN) is not None
    assert world.looks == 1
    world.now += 1
    assert await keys.find(KNOWN) is not None
    assert world.looks == 2


async def test_a_new_key_is_found_and_a_retired_one_is_no_more() -> None:
    world = World()
    keys = world.keys()
    assert await keys.find(KNOWN) is not None
    world.issuers = [issuer(OTHER)]
    world.now += APART
    assert await keys.find(LATER) is not None
    assert await keys.find(KNOWN) is None


async def test_strangers_with_keys_of_their_own_cause_one_look_a_minute() -> None:
    world = World()
    keys = world.keys()
    for number in range(1000):
        world.now += 0.1
        assert await keys.find(f"mine-{number}") is None
    assert world.looks <= 1 + 100 / APART


async def test_many_who_ask_at_once_cause_one_look() -> None:
    world = World()
    keys = world.keys()
    await asyncio.gather(*(keys.find(KNOWN) for _ in range(50)))
    assert world.looks == 1


async def test_while_the_issuer_is_silent_its_last_keys_are_believed_for_a_day() -> None:
    world = World()
    keys = world.keys()
    assert await keys.find(KNOWN) is not None
    world.silent = True
    world.now += KEPT
    assert await keys.find(KNOWN) is not None
    world.now += 1
    with pytest.raises(KeysUnavailable, match="with which keys"):
        await keys.find(KNOWN)


async def test_before_the_first_answer_nobody_can_be_known_and_it_is_soon_asked_again() -> None:
    world = World(silent=True)
    keys = world.keys()
    for _ in range(10):
        with pytest.raises(KeysUnavailable):
            await keys.find(KNOWN)
    assert world.looks == 1
    world.silent = False
    world.now += SOON
    assert await keys.find(KNOWN) is not None


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"keys": []}', b'{"keys": [1]}', b'{"keys": [{}]}', b"[" * 100_000],
)
async def test_an_answer_that_makes_no_sense_leaves_the_keys_as_they_were(body: bytes) -> None:
    world = World()
    keys = world.keys()
    assert await keys.find(KNOWN) is not None
    world.body = body
    world.now += FRESH
    assert await keys.find(KNOWN) is not None


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a"},
        {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB", "kid": "a"},
        {"kty": "RSA", "alg": "RS512", "n": "AQAB", "e": "AQAB", "kid": "a"},
        {"kty": "RSA", "kid": "a"},
    ],
)
async def test_a_key_for_something_else_is_none(key: dict[str, str]) -> None:
    world = World()
    published = [*issuer().published()["keys"], key]
    world.body = msgspec.json.encode({"keys": published})
    assert await world.keys().find("a") is None


async def test_keys_that_come_over_an_open_line_are_not_believed() -> None:
    async def plain(url: str) -> bytes:
        return b'{"jwks_uri": "http://keys.example/"}'

    with pytest.raises(KeysUnavailable):
        await PublishedKeys("metadata", plain).find(KNOWN)


async def test_the_keys_of_the_local_issuer_are_fetched_over_http() -> None:
    async with TestServer(application(issuer()), host="127.0.0.1") as server:
        keys = PublishedKeys(str(server.make_url(METADATA)), fetch)
        assert TENANT in METADATA
        assert await keys.find(KNOWN) is not None
        with pytest.raises(KeysUnavailable, match="404"):
            await fetch(str(server.make_url("/nothing")))
        gone = str(server.make_url("/"))
    with pytest.raises(KeysUnavailable, match="Connect"):
        await fetch(gone)


async def test_a_document_without_an_end_is_not_read_to_it() -> None:
    async def endless(request: web.Request) -> web.Response:
        return web.Response(body=b" " * (2 * 1024 * 1024))

    made = web.Application()
    made.router.add_get("/", endless)
    async with TestServer(made, host="127.0.0.1") as server:
        with pytest.raises(KeysUnavailable, match="more than"):
            await fetch(str(server.make_url("/")))
