"""A rebuild is asked for and called off over HTTP, what cannot be applied is tried again or given
up, and whoever asks for nonsense hears so."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.domain.events import EventRetried, EventSkipped
from core.domain.ids import upkeep_stream
from core.errors import ArtifactMissing
from core.processes.dispatch import HINTS
from tests.support import tables
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE
from tests.support.served import Served, serve

FINDINGS = "/api/manage/projections/findings"
REBUILD = "/api/manage/projections/images/rebuild"
WHY = {"reason": "the wrong view"}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    with asyncio.Runner() as runner:
        yield serve(runner.run(desk(compiled(tmp_path, ZLIB))), runner, monkeypatch)


def post(app: Served, target: str, body: object = WHY) -> tuple[int, object]:
    """The status and the body of the answer."""
    told = app.ask(target, method="POST", body=json.dumps(body).encode())
    assert told is not None
    return told.status_code, json.loads(told.get_body())


def test_a_rebuild_is_called_off_once_and_says_who_did_it(app: Served) -> None:
    assert post(app, REBUILD, {"reason": "a new column"})[0] == 202
    status, told = post(app, f"{REBUILD}/cancel")
    assert isinstance(told, dict)
    assert (status, told["phase"]) == (200, "cancelling")
    assert isinstance(told["cancelled"], dict)
    assert told["cancelled"]["reason"] == "the wrong view"
    assert post(app, f"{REBUILD}/cancel")[0] == 409
    shown = app.ask(REBUILD)
    assert shown is not None
    assert json.loads(shown.get_body())["cancelled"] == told["cancelled"]


@pytest.mark.parametrize(
    ("target", "body", "status"),
    [
        (f"{REBUILD}/cancel", WHY, 409),
        (f"{REBUILD}/cancel", {}, 400),
        (f"{REBUILD}/cancel", {"reason": ""}, 400),
        ("/api/manage/projections/bills/rebuild/cancel", WHY, 400),
        ("/api/manage/projections/nothing/rebuild/cancel", WHY, 404),
    ],
)
def test_what_cannot_be_called_off_is_told_so(
    app: Served, target: str, body: object, status: int
) -> None:
    assert post(app, target, body)[0] == status


@dataclass(slots=True)
class Gone:
    """Storage whose blobs are gone, for as long as it is said."""

    blobs: bool = False

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        if self.blobs and what == "get artifact":
            raise ArtifactMissing("the artifact is not there")
        return await do()


async def parked(folder: Path, gone: Gone) -> Desk:
    """The app, where the findings of an image are gone before anybody has followed the verdict."""
    one = await desk(compiled(folder, ZLIB), by=gone)
    one.sandboxes.brings[digest(1)] = VULNERABLE
    await one.push(1)
    while "ScanCompleted" not in await one.story():
        await one.app.mailbox.receive(HINTS)
        assert await one.app.step()
    gone.blobs = True
    await one.app.services.following.runner.sweep()
    return one


@pytest.mark.parametrize("act", ["retry", "skip"])
def test_what_cannot_be_applied_is_shown_and_tried_again_or_given_up(
    act: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Gone()
    with asyncio.Runner() as runner:
        one = runner.run(parked(tmp_path, gone))
        app = serve(one, runner, monkeypatch)
        (standing,) = [each for each in shown(app) if each["name"] == "findings"]
        (item,) = standing["parked"]
        assert item["event"] == "ScanCompleted"
        assert item["error"].startswith("ArtifactMissing")
        which = {"shard": item["shard"], "position": item["position"], "reason": "the blob"}
        waits = {"position": item["position"], "error": item["error"]}
        done = {"done": [item["position"]], "waits": None}
        if act == "retry":
            assert post(app, f"{FINDINGS}/retry", which) == (200, {"done": [], "waits": waits})
            gone.blobs = False
        assert post(app, f"{FINDINGS}/{act}", which) == (200, done)
        assert [each["parked"] for each in shown(app) if each["name"] == "findings"] == [[]]
        assert post(app, f"{FINDINGS}/{act}", which)[0] == 409
        rows = runner.run(one.table(tables.FINDINGS))
        history = runner.run(one.app.services.log.history(upkeep_stream("findings")))
    listed = any(key.startswith("c|") for key in rows)
    assert listed == (act == "retry"), "who gives an event up does without its rows"
    told = [each.event for each in history]
    facts = [each for each in told if isinstance(each, EventRetried | EventSkipped)]
    assert {type(each) for each in facts} == {EventRetried if act == "retry" else EventSkipped}
    assert {(each.reason, each.by.split()[0]) for each in facts} == {
        ("the blob", "developer@localhost")
    }


def shown(app: Served) -> list[dict[str, Any]]:
    """How every view and process manager stands, as administrators see it."""
    told = app.ask("/api/manage/projections")
    assert told is not None
    found: list[dict[str, Any]] = json.loads(told.get_body())["value"]
    return found
