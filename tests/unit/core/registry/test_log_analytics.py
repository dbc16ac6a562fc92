"""Pulls are read from a workspace as Azure's own client library reads them, page by page."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.monitor.query.aio import LogsQueryClient

from core.errors import RegistryUnavailable
from core.registry.activity import Activity, Operation, Unreadable
from core.registry.activity_feed import ActivityFeed
from core.registry.log_analytics import LogAnalytics
from tests.support.desk import RESOURCE
from tests.support.samples import digest
from tests.unit.core.registry.servers import serving

WORKSPACE = "22222222-2222-2222-2222-222222222222"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PULLS = frozenset({Operation.PULL})
COLUMNS = {
    "Day": "datetime",
    "_ResourceId": "string",
    "Repository": "string",
    "Digest": "string",
    "Tag": "string",
    "OperationName": "string",
    "ResultDescription": "string",
    "Identity": "string",
    "UserAgent": "string",
    "TimeGenerated": "datetime",
}
_TIMES = re.compile(r"datetime\(([^)]+)\)")


def row(number: int, at: datetime, **cells: object) -> dict[str, object]:
    """A row of the table, as a query's answer has it."""
    usual = {
        "Day": at.replace(hour=0).isoformat(),
        "_ResourceId": RESOURCE,
        "Repository": "team/app",
        "Digest": digest(number),
        "Tag": "",
        "OperationName": "Pull",
        "ResultDescription": "200",
        "Identity": "somebody",
        "UserAgent": "docker/27.0",
        "TimeGenerated": at.isoformat().replace("+00:00", "Z"),
    }
    return usual | cells


class Credential:
    """Signs in as nobody."""

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken("a-token-for " + " ".join(scopes), 4_000_000_000)

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *ended: object) -> None:
        return None


@dataclass(slots=True)
class Workspace:
    """A workspace on loopback: it speaks the protocol, and understands the one query."""

    rows: list[dict[str, object]]
    partial: bool = False
    """Whether it says that its first answer is not whole."""
    failing: list[int] = field(default_factory=list)
    """Statuses with which it answers first."""
    queries: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert (request.method, request.path) == ("POST", f"/v1/workspaces/{WORKSPACE}/query")
        self.tokens.append(request.headers["Authorization"])
        if self.failing:
            busy, wait = {"error": {"code": "Busy"}}, {"Retry-After": "0"}
            return web.json_response(busy, status=self.failing.pop(0), headers=wait)
        asked = json.loads(await request.read())
        self.queries.append(asked["query"])
        since, until = (datetime.fromisoformat(one) for one in _TIMES.findall(asked["query"]))
        limit = int(asked["query"].split("take ")[1])
        found = [one for one in self.rows if since <= _at(one) < until][:limit]
        body: dict[str, object] = {"tables": [_table(found)]}
        if self.partial:
            self.partial = False
            body["error"] = {"code": "PartialError", "message": "The answer is too large."}
        return web.json_response(body)


def _at(one: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(one["TimeGenerated"]))


def _table(rows: list[dict[str, object]]) -> dict[str, object]:
    return {
        "name": "PrimaryResult",
        "columns": [{"name": name, "type": kind} for name, kind in COLUMNS.items()],
        "rows": [[one[name] for name in COLUMNS] for one in rows],
    }


@asynccontextmanager
async def asking(
    workspace: Workspace, folder: Path, *, page: int = 100
) -> AsyncIterator[LogAnalytics]:
    """The adapter, over the real client and HTTPS."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with serving(workspace.answer, context) as server:
        client = LogsQueryClient(
            Credential(),
            endpoint=f"https://{server}",
            audience="https://api.loganalytics.io",
            connection_verify=str(folder / "ca.pem"),
            retry_backoff_factor=0,
        )
        async with client:
            yield LogAnalytics(client, WORKSPACE, page=page)


async def between(
    log: LogAnalytics | ActivityFeed, since: datetime, until: datetime
) -> list[Activity | Unreadable]:
    return [one async for one in log.between(PULLS, since, until)]


def digests(found: list[Activity | Unreadable]) -> list[str]:
    return sorted(str(one.digest) for one in found if isinstance(one, Activity))


async def test_what_was_pulled_is_told_by_whom_and_when(tmp_path: Path) -> None:
    workspace = Workspace([row(1, NOON), row(2, NOON + HOUR)])
    async with asking(workspace, tmp_path) as log:
        (one,) = await between(log, NOON, NOON + HOUR)
    assert isinstance(one, Activity)
    assert (one.digest, one.tag, one.at) == (digest(1), None, NOON)
    assert (one.identity, one.user_agent) == ("somebody", "docker/27.0")
    assert workspace.tokens == ["Bearer a-token-for https://api.loganalytics.io/.default"]


async def test_the_question_names_the_operations_and_lets_equal_rows_be_one(tmp_path: Path) -> None:
    workspace = Workspace([])
    async with asking(workspace, tmp_path) as log:
        assert await between(log, NOON, NOON + HOUR) == []
    (query,) = workspace.queries
    assert query.startswith("ContainerRegistryRepositoryEvents\n")
    assert "OperationName in~ ('Pull')" in query
    assert "summarize TimeGenerated = max(TimeGenerated)" in query


@pytest.mark.parametrize("page", [1, 3, 7, 100])
async def test_however_few_rows_an_answer_holds_all_of_them_come_once(
    tmp_path: Path, page: int
) -> None:
    rows = [row(number, NOON + timedelta(minutes=7 * number)) for number in range(1, 41)]
    workspace = Workspace(rows)
    async with asking(workspace, tmp_path, page=page) as log:
        found = await between(log, NOON, NOON + 6 * HOUR)
    assert digests(found) == sorted(digest(number) for number in range(1, 41))


async def test_a_part_of_an_answer_is_no_answer(tmp_path: Path) -> None:
    workspace = Workspace([row(1, NOON), row(2, NOON + HOUR)], partial=True)
    async with asking(workspace, tmp_path) as log:
        found = await between(log, NOON, NOON + 2 * HOUR)
    assert digests(found) == [digest(1), digest(2)]
    assert len(workspace.queries) == 3, "the whole, and both halves"


async def test_more_than_can_ever_be_told_is_said_and_never_cut_short(tmp_path: Path) -> None:
    workspace = Workspace([row(number, NOON) for number in range(1, 6)])
    async with asking(workspace, tmp_path, page=2) as log:
        with pytest.raises(RegistryUnavailable, match="more to say"):
            await between(log, NOON, NOON + HOUR)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_workspace_that_is_busy_is_asked_again(tmp_path: Path, status: int) -> None:
    workspace = Workspace([row(1, NOON)], failing=[status])
    async with asking(workspace, tmp_path) as log:
        assert len(await between(log, NOON, NOON + HOUR)) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_workspace_that_refuses_is_named(tmp_path: Path, status: int) -> None:
    workspace = Workspace([row(1, NOON)], failing=[status] * 5)
    async with asking(workspace, tmp_path) as log:
        with pytest.raises(RegistryUnavailable, match=WORKSPACE):
            await between(log, NOON, NOON + HOUR)


async def test_a_bad_row_takes_none_of_the_others_with_it(tmp_path: Path) -> None:
    bad = [row(1, NOON, Digest="md5:1"), row(1, NOON, Digest=""), row(1, NOON, Repository="..")]
    failed = row(3, NOON, ResultDescription="404")
    workspace = Workspace([*bad, failed, row(2, NOON)])
    async with asking(workspace, tmp_path) as log:
        found = await between(log, NOON, NOON + HOUR)
    assert digests(found) == [digest(2)]
    assert sum(isinstance(one, Unreadable) for one in found) == len(bad)


async def test_a_feed_tells_the_same_rows() -> None:
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.query["since"])
        rows = [row(1, NOON), row(2, NOON - HOUR), row(3, NOON, OperationName="Push"), {}]
        return web.json_response({"rows": rows})

    async with serving(answer) as server:
        found = await between(ActivityFeed(f"http://{server}/activity"), NOON, NOON + HOUR)
    assert digests(found) == [digest(1)]
    assert asked == [NOON.isoformat()]


@pytest.mark.parametrize("body", ["", "[]", '{"rows": 1}', "<html>"])
async def test_a_feed_that_answers_nonsense_gives_no_answer(body: str) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=body)

    async with serving(answer) as server:
        with pytest.raises(RegistryUnavailable):
            await between(ActivityFeed(f"http://{server}/activity"), NOON, NOON + HOUR)
