"""Listings are followed page by page, at the registry, to an end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from core.errors import NotFound, RegistryUnavailable, UntrustedContent
from core.registry.client import RegistryClient
from tests.unit.core.registry.servers import HASTY, Handler, Script, local, serving


@asynccontextmanager
async def client_of(handler: Handler) -> AsyncIterator[RegistryClient]:
    async with serving(handler) as server, RegistryClient(local(server), None, HASTY) as client:
        yield client


def page(names: list[str] | None, link: str | None = None, key: str = "tags") -> web.Response:
    headers = {} if link is None else {"Link": link}
    return web.json_response({"name": "app", key: names}, headers=headers)


async def tags(handler: Handler) -> list[str]:
    async with client_of(handler) as client:
        return [tag async for tag in client.tags("team/app")]


async def test_tags_are_collected_from_every_page() -> None:
    script = Script(
        page(["v1", "v2"], '</v2/team/app/tags/list?last=v2&n=2&orderby=>; rel="next"'),
        page(["v3"]),
    )
    assert await tags(script) == ["v1", "v2", "v3"]
    assert [request.path_qs for request in script.requests] == [
        "/v2/team/app/tags/list?n=500",
        "/v2/team/app/tags/list?last=v2&n=2&orderby=",
    ]


async def test_repositories_are_collected_from_every_page() -> None:
    script = Script(
        page(["a", "b/c"], '</v2/_catalog?last=b%2Fc&n=2>; rel="next"', "repositories"),
        page(["d"], key="repositories"),
    )
    async with client_of(script) as client:
        assert [name async for name in client.repositories()] == ["a", "b/c", "d"]
    assert script.requests[1].path_qs == "/v2/_catalog?last=b%2Fc&n=2"


async def test_a_repository_without_tags_has_none() -> None:
    assert await tags(Script(page(None))) == []
    assert await tags(Script(page([]))) == []


async def test_a_page_that_fails_is_asked_for_again() -> None:
    link = '</v2/team/app/tags/list?last=v1>; rel="next"'
    script = Script(page(["v1"], link), web.Response(status=500), page(["v2"]))
    assert await tags(script) == ["v1", "v2"]


async def test_a_repository_that_is_not_there_is_not_found_at_once() -> None:
    script = Script(web.Response(status=404))
    with pytest.raises(NotFound, match="list of tags of team/app"):
        await tags(script)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "link",
    [
        '<https://example.com/v2/team/app/tags/list>; rel="next"',
        '<//169.254.169.254/v2/team/app/tags/list>; rel="next"',
        '</v2/other/tags/list>; rel="next"',
        '<http://[::1>; rel="next"',
    ],
)
async def test_a_listing_that_goes_on_elsewhere_is_not_followed(link: str) -> None:
    script = Script(page(["v1"], link))
    with pytest.raises(UntrustedContent):
        await tags(script)
    assert len(script.requests) == 1


async def test_a_listing_without_an_end_is_given_up() -> None:
    script = Script(page(["v1"], '</v2/team/app/tags/list?last=v1>; rel="next"'))
    with pytest.raises(UntrustedContent, match="has no end"):
        await tags(script)
    assert len(script.requests) == HASTY.pages


@pytest.mark.parametrize("name", ["../x", "a b", "", "v" * 129, "\x1b[2J"])
async def test_a_name_that_is_none_is_not_passed_on(name: str) -> None:
    with pytest.raises(UntrustedContent, match="no valid name"):
        await tags(Script(page([name])))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"tags": "v1"}', b"[" * 100_000])
async def test_a_page_that_is_none_is_no_answer(body: bytes) -> None:
    with pytest.raises(RegistryUnavailable, match="is no list of tags"):
        await tags(Script(web.Response(body=body)))


async def test_a_page_beyond_its_limit_is_refused() -> None:
    with pytest.raises(UntrustedContent, match="at most 1048576"):
        await tags(Script(web.Response(body=b" " * 2_000_000)))
