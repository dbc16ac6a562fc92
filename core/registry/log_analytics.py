"""The registries' log in a Log Analytics workspace, asked through Azure's own client library.

An ActivityLog. Equal operations of a day come as one row, the last of them: a thousand pulls of an
image by one cluster say no more than one. A workspace answers with a part of what there is where it
is too much, or too slow; so such an answer is thrown away, and the time asked for is cut in two.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.monitor.query import LogsQueryPartialResult, LogsTable
from azure.monitor.query.aio import LogsQueryClient

from core.errors import RegistryUnavailable
from core.registry.activity import Activity, Operation, Unreadable, read_activity
from core.storage.account import direct

PAGE = 20_000
"""Rows of one answer; a workspace gives at most 500,000, and at most 100 MB."""
SHORTEST = timedelta(seconds=1)
"""A time that is not cut any further."""
SERVER_SECONDS = 120
"""How long the workspace may take for one answer."""

_QUERY = """\
ContainerRegistryRepositoryEvents
| where TimeGenerated >= datetime({since}) and TimeGenerated < datetime({until})
| where OperationName in~ ({operations})
| summarize TimeGenerated = max(TimeGenerated) by Day = bin(TimeGenerated, 1d), _ResourceId, \
Repository, Digest, Tag, OperationName, ResultDescription, Identity, UserAgent
| take {limit}
"""


class LogAnalytics:
    """One workspace; see `core/registry/activity.py` for what `between` promises."""

    def __init__(self, client: LogsQueryClient, workspace: str, *, page: int = PAGE) -> None:
        self._client = client
        self._workspace = workspace
        self._page = page

    async def between(
        self, operations: frozenset[Operation], since: datetime, until: datetime
    ) -> AsyncIterator[Activity | Unreadable]:
        slices = [(since, until)]
        while slices:
            first, last = slices.pop()
            rows = await self._ask(operations, first, last)
            if rows is None and last - first > SHORTEST:
                middle = first + (last - first) / 2
                slices += [(middle, last), (first, middle)]
                continue
            if rows is None:
                raise RegistryUnavailable(
                    f"the workspace {self._workspace} has more to say of {first} than it can"
                )
            for row in rows:
                read = read_activity(row)
                if read is not None:
                    yield read

    async def _ask(
        self, operations: Iterable[Operation], since: datetime, until: datetime
    ) -> Sequence[Mapping[str, object]] | None:
        """The rows of that time; `None` when it was not all of them."""
        query = _QUERY.format(
            since=_literal(since),
            until=_literal(until),
            operations=", ".join(f"'{operation}'" for operation in sorted(operations)),
            limit=self._page + 1,
        )
        try:
            answer = await self._client.query_workspace(
                self._workspace, query, timespan=(since, until), server_timeout=SERVER_SECONDS
            )
        except AzureError as error:
            raise RegistryUnavailable(
                f"the workspace {self._workspace} gives no answer about pulls: {error}"
            ) from error
        if isinstance(answer, LogsQueryPartialResult):
            return None
        rows = [row for table in answer.tables for row in _rows(table)]
        return rows if len(rows) <= self._page else None


@asynccontextmanager
async def open_workspace(
    workspace: str, credential: AsyncTokenCredential, *, endpoint: str
) -> AsyncIterator[LogAnalytics]:
    """A workspace by its id (a GUID), at the cloud's endpoint of Log Analytics."""
    async with AsyncExitStack() as open_:
        client = LogsQueryClient(credential, endpoint=endpoint, transport=direct())
        yield LogAnalytics(await open_.enter_async_context(client), workspace)


def _rows(table: LogsTable) -> Iterable[Mapping[str, object]]:
    return (dict(zip(table.columns, row, strict=True)) for row in table.rows)


def _literal(moment: datetime) -> str:
    """A moment as KQL writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
