"""The public HTTP API, as the demo's client of it: a few questions, and the shape of the answers.

Answers are read strictly, so that the demo fails where the API breaks its word.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal

import aiohttp
import msgspec
from msgspec import Struct

from core.domain.values import Freshness, Health, Severity
from core.errors import PratiqueError

_PATIENCE = aiohttp.ClientTimeout(total=30)


class ApiFailed(PratiqueError):
    """The API gave no answer, or none that was to be expected."""


class Scan(Struct, frozen=True, kw_only=True):
    """An image's latest scan."""

    id: str
    stage: Literal["waiting", "running", "inventoried", "completed", "failed"]


class Inventory(Struct, frozen=True, kw_only=True):
    """What is in an image."""

    packages: int
    uncompared: int
    """Packages that no advisory could be compared with."""


class Child(Struct, frozen=True, kw_only=True):
    """One image of an index."""

    digest: str
    platform: str
    health: Health
    severities: dict[str, int]


class Links(Struct, frozen=True, kw_only=True):
    """Where to go on, below the host."""

    self: str
    findings: str
    sbom: str


class Image(Struct, frozen=True, kw_only=True):
    """An image, as the list shows it."""

    repository: str
    digest: str
    tags: list[str]
    health: Health
    freshness: Freshness
    cause: str | None
    message: str | None
    severities: dict[str, int]
    disabled: dict[str, int]
    """Findings that a rule disables."""
    scan: Scan | None
    inventory: Inventory | None
    children: list[Child] | None
    links: Links


class Finding(Struct, frozen=True, kw_only=True):
    """One finding of an image."""

    id: str
    package: str
    version: str
    fixed: str | None
    severity: Severity
    summary: str


class Findings(Struct, frozen=True, kw_only=True):
    """The first page of an image's findings, worst first."""

    value: list[Finding]
    total: int


class Follower(Struct, frozen=True, kw_only=True):
    """A view or a process manager."""

    lag: int
    """Events that it has yet to follow."""


class Moment(Struct, frozen=True, kw_only=True):
    """One event of an image's timeline."""

    at: str
    event: str


class _Page(Struct, frozen=True, kw_only=True, rename={"token": "continuationToken"}):
    value: list[Image]
    token: str | None = None


class _Timeline(Struct, frozen=True, kw_only=True):
    timeline: list[Moment]


class _Line(Struct, frozen=True, kw_only=True):
    digest: str


class _Ledger(Struct, frozen=True, kw_only=True, rename={"token": "continuationToken"}):
    value: list[_Line]
    token: str | None = None


class Api:
    """Asks. Every method raises ApiFailed where there is no good answer."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def images(
        self, repository: str | None = None, *, as_of: datetime | None = None
    ) -> list[Image]:
        """All images, or those of one repository; now, or as they were at a moment."""
        found: list[Image] = []
        asked = {"limit": "500"} | ({"repository": repository} if repository else {})
        if as_of is not None:
            asked["asOf"] = f"{as_of:%Y-%m-%dT%H:%M:%S.%fZ}"
        while True:
            page = await self._get("/api/images", _Page, asked)
            found += page.value
            if page.token is None:
                return found
            asked["continuationToken"] = page.token

    async def findings(self, image: Image, *, limit: int) -> Findings:
        """The worst findings of an image."""
        return await self._get(image.links.findings, Findings, {"limit": str(limit)})

    async def timeline(self, image: Image) -> list[Moment]:
        """What happened to an image, in order."""
        return (await self._get(image.links.self, _Timeline, {})).timeline

    async def billed(self, month: str) -> set[str]:
        """The digests that were billed in a month, `2026-11`."""
        found: set[str] = set()
        asked = {"month": month, "reason": "billed"}
        while True:
            page = await self._get("/api/billing", _Ledger, asked)
            found |= {line.digest for line in page.value}
            if page.token is None:
                return found
            asked["continuationToken"] = page.token

    async def lag(self, follower: str) -> int:
        """How many events a view or a process manager has yet to follow."""
        return (await self._get(f"/api/manage/projections/{follower}", Follower, {})).lag

    async def told(self, topic: str) -> list[dict[str, object]]:
        """The CloudEvents that the topic at that address has taken."""
        async with self._session.get(f"{topic}/notices", timeout=_PATIENCE) as response:
            told: list[dict[str, object]] = await response.json()
            return told

    async def send(
        self, method: str, path: str, body: object | None, asked: Mapping[str, str]
    ) -> None:
        """Have something done, which the API says is done, or under way."""
        sent = None if body is None else msgspec.json.encode(body)
        async with self._session.request(
            method, path, params=asked, data=sent, timeout=_PATIENCE
        ) as response:
            said = (await response.read())[:300].decode(errors="replace")
        if response.status not in (200, 201, 202, 204):
            raise ApiFailed(f"{method} {path} answered {response.status}: {said}")

    async def fire(self, timer: str, master_key: str) -> None:
        """Fire a timer by hand, as the Functions host lets whoever holds its master key."""
        headers = {"x-functions-key": master_key}
        path = f"/admin/functions/{timer}"
        async with self._session.post(
            path, json={"input": ""}, headers=headers, timeout=_PATIENCE
        ) as response:
            if response.status != 202:
                raise ApiFailed(f"POST {path} answered {response.status}")

    async def _get[A](self, path: str, kind: type[A], asked: Mapping[str, str]) -> A:
        try:
            async with self._session.get(path, params=asked, timeout=_PATIENCE) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiFailed(f"GET {path}: {type(error).__name__} {error}".rstrip()) from error
        if response.status != 200:
            said = body[:300].decode(errors="replace")
            raise ApiFailed(f"GET {path} answered {response.status}: {said}")
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            raise ApiFailed(f"GET {path} is not of the shape it should be: {error}") from error


@asynccontextmanager
async def open_api(base: str, headers: Mapping[str, str]) -> AsyncIterator[Api]:
    """The API at `base`, `http://127.0.0.1:7071`, signed in by these headers."""
    async with aiohttp.ClientSession(base, headers=headers) as session:
        yield Api(session)
