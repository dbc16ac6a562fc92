"""The registries' log as a plain HTTP feed: what a registry without a workspace can offer.

An ActivityLog. `GET <url>?since=…&until=…` answers `{"rows": […]}`, with the columns of Log
Analytics. The local stack translates its registry's own notifications into it.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import msgspec
from yarl import URL

from core.errors import RegistryUnavailable
from core.registry.activity import Activity, Operation, Unreadable, read_activity

SECONDS = 30.0
"""How long an answer may take."""
MAX_BYTES = 64 * 1024 * 1024
"""How long it may be."""
CHUNK = 64 * 1024
"""Bytes that are read at a time."""


class _Answer(msgspec.Struct, frozen=True):
    rows: list[dict[str, object]]


class ActivityFeed:
    """One feed; see `core/registry/activity.py` for what `between` promises."""

    def __init__(self, url: str) -> None:
        self._url = URL(url)

    async def between(
        self, operations: frozenset[Operation], since: datetime, until: datetime
    ) -> AsyncIterator[Activity | Unreadable]:
        for row in await self._rows(since, until):
            match read_activity(row):
                case Activity() as one if one.operation in operations and since <= one.at < until:
                    yield one
                case Unreadable() as one:
                    yield one
                case _:
                    continue

    async def _rows(self, since: datetime, until: datetime) -> list[dict[str, object]]:
        asked = {"since": _text(since), "until": _text(until)}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
                session.get(self._url.update_query(asked), raise_for_status=True) as response,
            ):
                body = bytearray()
                async for chunk in response.content.iter_chunked(CHUNK):
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise RegistryUnavailable(f"{self._url} says more than {MAX_BYTES} bytes")
                return msgspec.json.decode(body, type=_Answer).rows
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise RegistryUnavailable(f"{self._url} gives no answer: {error}") from error


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
