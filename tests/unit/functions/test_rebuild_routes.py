"""A rebuild is asked for and called off over HTTP, and whoever asks for nonsense hears so."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import ZLIB, compiled, desk
from tests.support.served import Served, serve

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
