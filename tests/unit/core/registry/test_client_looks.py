"""The registry is asked whether a manifest is there, when, and which manifests there are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from core.errors import AccessDenied, InvalidReference, RegistryUnavailable, UntrustedContent
from core.registry.client import RegistryClient
from core.registry.interface import Listed
from tests.support.samples import MANIFEST, digest
from tests.unit.core.registry.servers import HASTY, Handler, Script, local, serving

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DATE = {"Date": "Fri, 20 Nov 2026 12:00:00 GMT"}


@asynccontextmanager
async def client_of(handler: Handler) -> AsyncIterator[RegistryClient]:
    async with serving(handler) as server, RegistryClient(local(server), None, HASTY) as client:
        yield client


def there(**headers: str) -> web.Response:
    return web.Response(headers={**DATE, "Content-Type": MANIFEST, **headers})


async def test_a_manifest_that_is_there_says_which_it_is_and_when() -> None:
    script = Script(there(**{"Docker-Content-Digest": digest(1)}))
    async with client_of(script) as client:
        seen = await client.look("team/app", "v1")
    assert (seen.digest, seen.media_type, seen.at) == (digest(1), MANIFEST, AT)
    assert [request.method for request in script.requests] == ["HEAD"]


async def test_a_manifest_that_is_missing_is_an_answer_and_asked_for_once() -> None:
    script = Script(web.Response(status=404, headers=DATE))
    async with client_of(script) as client:
        seen = await client.look("team/app", digest(1))
    assert (seen.digest, seen.at) == (None, AT)
    assert len(script.requests) == 1


async def test_a_digest_need_not_be_repeated_and_a_tag_must_be_resolved() -> None:
    async with client_of(Script(there())) as client:
        assert (await client.look("team/app", digest(1))).digest == digest(1)
        with pytest.raises(UntrustedContent, match="which digest"):
            await client.look("team/app", "v1")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (web.Response(status=403, headers=DATE), AccessDenied),
        (web.Response(status=500, headers=DATE), RegistryUnavailable),
        (web.Response(status=404, headers={"Date": "some day"}), RegistryUnavailable),
    ],
)
async def test_no_other_answer_says_that_it_is_missing(
    answer: web.Response, error: type[Exception]
) -> None:
    async with client_of(Script(answer)) as client:
        with pytest.raises(error):
            await client.look("team/app", digest(1))


async def test_what_is_no_reference_is_not_asked_for() -> None:
    async with client_of(Script(there())) as client:
        with pytest.raises(InvalidReference):
            await client.look("team/app", "../v1")
        with pytest.raises(InvalidReference):
            await client.look("../app", "v1")


async def test_all_manifests_are_listed_also_without_a_tag() -> None:
    first = {
        "manifests": [
            {
                "digest": digest(1),
                "tags": ["latest", "v1"],
                "mediaType": MANIFEST,
                "lastUpdateTime": "2026-11-01T10:00:00.1234567Z",
                "imageSize": 1,
            }
        ]
    }
    link = {"Link": f'</acr/v1/team/app/_manifests?last={digest(1)}&n=1>; rel="next"'}
    script = Script(
        web.json_response(first, headers={**DATE, **link}),
        web.json_response({"manifests": [{"digest": digest(2)}]}, headers=DATE),
        web.json_response({"manifests": None}, headers=DATE),
    )
    async with client_of(script) as client:
        listed = [one async for one in client.manifests("team/app")]
    updated = datetime(2026, 11, 1, 10, 0, 0, 123_457, tzinfo=UTC)  # rounded
    assert listed == [
        Listed(
            digest=digest(1),
            tags=("latest", "v1"),
            media_type=MANIFEST,
            updated_at=updated,
            seen_at=AT,
        ),
        Listed(digest=digest(2), tags=(), media_type="", updated_at=None, seen_at=AT),
    ]
    assert script.requests[0].path_qs == "/acr/v1/team/app/_manifests?n=500"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"manifests": [{"digest": "sha256:1"}]}, UntrustedContent),
        ({"manifests": [{"digest": digest(1), "tags": ["../x"]}]}, UntrustedContent),
        ({"manifests": [{"tags": []}]}, RegistryUnavailable),
        ({"manifests": [{"digest": digest(1), "lastUpdateTime": "now"}]}, RegistryUnavailable),
        ([], RegistryUnavailable),
    ],
)
async def test_a_listing_that_is_none_is_not_believed(body: object, error: type[Exception]) -> None:
    async with client_of(Script(web.json_response(body, headers=DATE))) as client:
        with pytest.raises(error):
            _ = [one async for one in client.manifests("team/app")]


async def test_repositories_can_be_listed_from_one_of_them_on() -> None:
    script = Script(web.json_response({"repositories": ["b"]}, headers=DATE))
    async with client_of(script) as client:
        assert [name async for name in client.repositories("a/a")] == ["b"]
    assert script.requests[0].path_qs == "/v2/_catalog?n=500&last=a/a"
