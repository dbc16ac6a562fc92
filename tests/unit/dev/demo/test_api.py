"""The demo's client reads all pages, and says what the API answered when it was no good."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.domain.values import Freshness, Health
from dev.demo.api import Api, ApiFailed, open_api
from dev.demo.failures import explain
from dev.demo.journey import Journey
from tests.unit.dev.demo.shapes import arrived, image, subject
from tests.unit.dev.test_publish import stack

SIGNED_IN = {"Authorization": "Bearer token"}


@dataclass
class Served:
    """Answers by path and query; asks for a token."""

    answers: Mapping[str, object]
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer token"
        self.asked.append(str(request.rel_url))
        found = self.answers.get(str(request.rel_url))
        if found is None:
            return web.Response(status=503, text='{"title": "Service Unavailable"}')
        return web.Response(text=found if isinstance(found, str) else json.dumps(found))


@asynccontextmanager
async def serving(answers: Mapping[str, object]) -> AsyncIterator[Api]:
    application = web.Application()
    application.router.add_get("/{path:.*}", Served(answers).answer)
    async with (
        TestServer(application, host="127.0.0.1") as server,
        open_api(str(server.make_url("/")), SIGNED_IN) as api,
    ):
        yield api


async def test_all_pages_are_read() -> None:
    first, second = (msgspec.to_builtins(image(digest)) for digest in ("1", "2"))
    billing = "/api/billing?month=2026-11&reason=billed"
    answers = {
        "/api/images?limit=500": {"value": [first], "continuationToken": "a+b"},
        "/api/images?limit=500&continuationToken=a%2Bb": {"value": [second]},
        billing: {"value": [{"digest": "1"}], "continuationToken": "x"},
        f"{billing}&continuationToken=x": {"value": [{"digest": "2"}]},
    }
    async with serving(answers) as api:
        assert [one.digest for one in await api.images()] == ["1", "2"]
        assert await api.billed("2026-11") == {"1", "2"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "answered 503: .*Service Unavailable"),
        ("not JSON", "not of the shape"),
        ({"value": [{"digest": 1}]}, "not of the shape"),
    ],
)
async def test_an_answer_that_is_none_is_an_error_that_names_the_question(
    answer: object, said: str
) -> None:
    async with serving({"/api/images?limit=500": answer}) as api:
        with pytest.raises(ApiFailed, match=f"GET /api/images.*{said}"):
            await api.images()


async def test_an_api_that_is_not_there_is_an_error() -> None:
    async with open_api("http://127.0.0.1:9", SIGNED_IN) as api:
        with pytest.raises(ApiFailed, match="GET /api/images"):
            await api.images()


async def test_an_image_that_failed_is_explained_by_its_words_and_last_events() -> None:
    journey = arrived("Mine\x1b", Health.HEALTHY)
    failed = image(stage="failed", health=Health.UNSCANNED, freshness=Freshness.FAILED)
    journey.see([msgspec.structs.replace(failed, cause="timeout", message="It\ntook long.")], 11)
    events = [{"at": f"12:0{n}", "event": f"Event{n}"} for n in range(9)]
    async with serving({"/api/x": {"timeline": events}}) as api:
        said = await explain(journey, api, stack("none"))
    assert "Mine�: expected Healthy, and it is Unscanned (timeout), Failed" in said
    assert "It�took long." in said
    assert [line.split()[-1] for line in said.splitlines() if "|" in line] == [
        f"Event{n}" for n in range(3, 9)
    ]
    assert "/*.log" in said


async def test_an_explanation_does_without_a_timeline_when_it_must() -> None:
    journey = arrived("Mine", Health.UNHEALTHY)
    journey.see([image()], 11.0)
    async with serving({}) as api:
        said = await explain(journey, api, stack("none"))
    assert "expected Unhealthy, and it is Healthy" in said
    assert "answered 503" in said


async def test_an_image_that_was_never_pushed_is_explained_without_asking() -> None:
    async with serving({}) as api:
        assert "not pushed" in await explain(Journey(subject=subject()), api, stack("none"))
