"""What the demo says is looked up first, and a sentence that is false ends it."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.registry.transport import USER_AGENT
from dev.demo import __main__ as demo
from dev.demo.api import open_api
from dev.demo.witness import Untrue, Witness, hold
from dev.stack.translator import ACTIVITY
from tests.unit.dev.test_publish import stack

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@asynccontextmanager
async def witness(*rows: tuple[str, str]) -> AsyncIterator[Witness]:
    """One whose registry's log has these rows: an operation, and a user agent."""

    async def answer(request: web.Request) -> web.Response:
        assert datetime.fromisoformat(request.query["since"]) == NOW
        told = [
            {"OperationName": operation, "UserAgent": agent, "Repository": "team/app"}
            for operation, agent in rows
        ]
        return web.json_response({"rows": told})

    application = web.Application()
    application.router.add_get(ACTIVITY, answer)
    async with TestServer(application, host="127.0.0.1") as server, open_api("http://x", {}) as api:
        url = str(server.make_url("")).rstrip("/")
        yield Witness(stack=replace(stack(""), translator=url), api=api)


@pytest.mark.parametrize("rows", [[], [("Pull", "skopeo/1.18")], [("Push", USER_AGENT)]])
async def test_what_others_do_is_no_pull_of_ours(rows: Sequence[tuple[str, str]]) -> None:
    async with witness(*rows) as one:
        await one.nothing_pulled(NOW, NOW + timedelta(seconds=1))


async def test_a_pull_makes_a_lie_of_it() -> None:
    async with witness(("Pull", USER_AGENT)) as one:
        with pytest.raises(Untrue, match=r"'nothing was pulled'.*not true.*team/app"):
            await one.nothing_pulled(NOW, NOW + timedelta(seconds=1))


def test_a_sentence_that_is_false_ends_the_demo_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Lying:
        """A demo that would have lied."""

        def __init__(self, *_: object) -> None:
            """Takes what a demo takes."""

        async def all(self) -> int:
            hold("all is well", true=False, found="nothing is")
            return 0

    monkeypatch.setattr(demo, "_Demo", Lying)
    monkeypatch.setattr(sys, "argv", ["demo"])
    assert demo.main() == 1
    said = capsys.readouterr().err
    assert (
        said == "demo: the demo would have said 'all is well', and that is not true: nothing is\n"
    )
