"""The whole product, running for a bench: the local stack, advisories in force, a client's view."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import aiohttp
import msgspec

from core.storage.account import Account, open_account
from dev.images.hand import hand_advisories
from dev.publish import publish_advisories
from dev.stack.options import Options
from dev.stack.stack import Stack, running_stack


@dataclass(frozen=True, slots=True)
class Served:
    """A stack that runs, and what a bench looks at it with."""

    stack: Stack
    account: Account
    """The stack's storage."""
    client: aiohttp.ClientSession
    """Asks the HTTP API as an administrator."""

    async def ask[Answer](
        self, path: str, kind: type[Answer], given: Mapping[str, str] | None = None
    ) -> Answer | None:
        """What `GET /api/<path>` answers; `None` for a 404."""
        async with self.client.get(f"/api/{path}", params=given) as response:
            if response.status == 404:
                return None
            response.raise_for_status()
            return msgspec.json.decode(await response.read(), type=kind)

    def pid(self, name: str) -> int:
        """The process of that part of the stack."""
        return next(one.pid for one in self.stack.processes if one.name == name)

    async def host_log(self) -> str:
        """What the Functions host has printed so far."""
        host = next(one for one in self.stack.processes if one.name == "host")
        return await asyncio.to_thread(Path(host.log).read_text)


@asynccontextmanager
async def served(
    folder: Path,
    *,
    vulnerable: int,
    settings: Mapping[str, str] = MappingProxyType({}),
    tables: str | None = None,
) -> AsyncIterator[Served]:
    """The stack in `folder`, with advisories for that many of the hand-made images' packages, and
    those tables instead of the emulator's."""
    records = folder / "advisories.jsonl"
    records.write_bytes(hand_advisories(vulnerable))
    async with running_stack(folder / "stack", Options(settings=settings, tables=tables)) as stack:
        await publish_advisories(stack, [records])
        async with (
            open_account(stack.storage_connection) as account,
            aiohttp.ClientSession(stack.http, headers=stack.headers()) as client,
        ):
            yield Served(stack, account, client)
