"""Who knows whether the demo tells the truth: the registry's own log, the topic, and what waits.

A sentence that nobody checked would stay in the demo long after it stopped being true.
"""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp
import msgspec
from msgspec import Struct

from core.errors import PratiqueError
from core.notifications.notices import IMAGE_TYPE, ImageNotice
from core.notifications.outbox import Outbox
from core.registry.media_types import OCI_MANIFEST
from core.registry.transport import USER_AGENT
from core.storage.account import open_account
from dev.demo.api import Api
from dev.stack.stack import Stack
from dev.stack.translator import ACTIVITY

PROCESS = "notices"
"""The process manager that decides what is told."""
_PATIENCE = 60.0
_POLL = 0.25
_LOOKS = 20
"""Looks after which a sweep is asked for again."""


class Untrue(PratiqueError):
    """What the demo was about to say is not so."""


def hold(sentence: str, *, true: bool, found: str) -> None:
    """Untrue unless it is so; `found` says what was found instead."""
    if not true:
        raise Untrue(f"the demo would have said {sentence!r}, and that is not true: {found}")


class Row(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A row of the registry's log."""

    operation_name: str
    repository: str
    user_agent: str


class _Rows(Struct, frozen=True, kw_only=True):
    rows: list[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Looks at a stack that runs."""

    stack: Stack
    api: Api

    async def nothing_pulled(self, since: datetime, until: datetime) -> None:
        """Untrue when the app pulled anything from the registry between these times."""
        pulls = [
            one
            for one in await self._activity(since, until)
            if one.operation_name == "Pull" and one.user_agent == USER_AGENT
        ]
        hold(
            "nothing was pulled",
            true=not pulls,
            found=f"the registry's log has pulls of {sorted({one.repository for one in pulls})}",
        )

    async def nobody_told(self, scan: str) -> None:
        """Untrue when anything was told of that scan, or waits to be."""
        await self._decided()
        about = [one for one in await self.notices() if one.scan == scan]
        hold(
            "nobody is told",
            true=not about,
            found=f"of scan {scan} it was told: {', '.join(one.kind for one in about)}",
        )

    async def only_news(self) -> None:
        """Untrue when a notice says nothing that is other than it was."""
        empty = [one for one in await self.notices() if not _news(one)]
        hold(
            "nothing was told about anything that was disabled or unchanged",
            true=not empty,
            found=f"{len(empty)} notices have no finding to tell of",
        )

    async def holds(self, repository: str, digest: str) -> bool:
        """Whether the registry has an image."""
        address = f"http://{self.stack.registry}/v2/{repository}/manifests/{digest}"
        async with (
            aiohttp.ClientSession(headers={"Accept": OCI_MANIFEST}) as session,
            session.head(address) as response,
        ):
            return response.status == 200

    async def notices(self) -> Sequence[ImageNotice]:
        """What is told of single images: first what waits, as it leaves when the topic has it."""
        async with open_account(self.stack.storage_connection) as account:
            outbox = Outbox(await account.tables.open("outbox"))
            waiting = [
                msgspec.json.decode(one.notice.data, type=ImageNotice)
                for one in await outbox.waiting()
                if one.notice.type.startswith(IMAGE_TYPE)
            ]
        told = [
            msgspec.convert(one["data"], ImageNotice)
            for one in await self.api.told(self.stack.topic)
            if str(one["type"]).startswith(IMAGE_TYPE)
        ]
        return [*waiting, *told]

    async def _decided(self) -> None:
        """Wait until it is decided what to tell of everything that happened. Whoever has nothing to
        say of it writes down how far it is with the next sweep, which is not waited for."""
        async with asyncio.timeout(_PATIENCE):
            for looks in itertools.count():
                if not await self.api.lag(PROCESS):
                    return
                if looks % _LOOKS == 0:
                    await self.api.fire("sweep", self.stack.master_key)
                await asyncio.sleep(_POLL)

    async def _activity(self, since: datetime, until: datetime) -> list[Row]:
        asked = {"since": since.isoformat(), "until": until.isoformat()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.stack.translator}{ACTIVITY}", params=asked) as response,
        ):
            return msgspec.json.decode(await response.read(), type=_Rows).rows


def _news(notice: ImageNotice) -> bool:
    """Whether it names a finding that is new, resolved, exploited or fixable by now."""
    lists = (notice.new, notice.resolved, notice.exploited, notice.fixable)
    return any(one.total for one in lists)
