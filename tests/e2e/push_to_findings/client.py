"""What a team has: a registry to push to, an API to ask, and Event Grid, played by hand."""

import asyncio
import itertools
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient
from yarl import URL

from dev.images.oci import MANIFEST, Image, Index, build_layout
from dev.issuer.issuer import HOUR
from dev.stack.acr_events import (
    DeliverySchema,
    Notification,
    Request,
    Resource,
    Target,
    translate,
)
from dev.stack.delivery import encode
from dev.stack.skopeo import push
from dev.stack.stack import RESOURCE, Stack

type Json = dict[str, Json] | list[Json] | str | int | float | bool | None

PATIENCE = 200
"""Seconds that something may take. A test that fails takes them; no other does."""
LOOKS = 25
"""Looks after which a timer's function is run once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Json]:
        """The body, as the object that it is."""
        document: Json = json.loads(self.body)
        assert isinstance(document, dict)
        return document

    @property
    def value(self) -> list[dict[str, Json]]:
        """The rows of a page."""
        rows = self.json["value"]
        assert isinstance(rows, list)
        return [row for row in rows if isinstance(row, dict)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Somebody who may do everything, and Event Grid."""

    stack: Stack
    session: aiohttp.ClientSession
    signed_in: int = HOUR
    """For how many seconds its tokens are good: where the app's time is moved, an hour is soon
    over."""

    async def ask(
        self, path: str, *, method: str = "GET", token: str | None = None, **asked: str
    ) -> Answer:
        """Ask the API; with that token, or none where it is empty, in place of the right one."""
        shown = {} if token == "" else {"Authorization": f"Bearer {token}"}
        headers = self.headers() if token is None else shown
        url = URL(f"{self.stack.http}{path}", encoded=True)  # as it is: no dots resolved
        url = url.update_query(asked) if asked else url
        async with self.session.request(method, url, headers=headers) as response:
            return Answer(
                status=response.status, headers=response.headers, body=await response.read()
            )

    def headers(self) -> dict[str, str]:
        """What signs a request in."""
        return self.stack.headers(seconds=self.signed_in)

    async def images(self, repository: str) -> dict[str, dict[str, Json]]:
        """The images of a repository, by digest."""
        answer = await self.ask("/api/images", repository=repository)
        assert answer.status == 200, answer.body
        return {str(image["digest"]): image for image in answer.value}

    async def image(self, repository: str, digest: str) -> dict[str, Json]:
        """One image, which must be there."""
        answer = await self.ask(self.path(repository, digest))
        assert answer.status == 200, answer.body
        return answer.json

    async def timeline(self, repository: str, digest: str) -> list[str]:
        """The names of an image's events."""
        events = (await self.image(repository, digest))["timeline"]
        assert isinstance(events, list)
        return [str(event["event"]) for event in events if isinstance(event, dict)]

    def path(self, repository: str, digest: str, part: str = "") -> str:
        """Where an image is."""
        return f"/api/images/{self.stack.registry}/{repository}/{digest}{part}"

    async def billed(self) -> list[str]:
        """The digests of this month's and last month's lines: a test may run at midnight."""
        now = datetime.now(UTC)
        months = {f"{at:%Y-%m}" for at in (now, now - timedelta(minutes=30))}
        answers = [
            await self.ask("/api/billing", month=month, reason="billed", limit="500")
            for month in months
        ]
        return [str(line["digest"]) for answer in answers for line in answer.value]

    async def refused(self, name: str) -> int:
        """How often the app has counted that."""
        counts = (await self.ask("/api/health/operations")).json["refused"]
        assert isinstance(counts, dict)
        count = counts.get(name, 0)
        assert isinstance(count, int)
        return count

    async def told(self, digest: str) -> list[dict[str, Json]]:
        """What the topic was told of an image."""
        async with self.session.get(f"{self.stack.topic}/notices") as response:
            notices: list[dict[str, Json]] = await response.json()
        return [one for one in notices if str(one["subject"]).endswith(digest)]

    async def push(self, content: Image | Index, repository: str, tag: str) -> str:
        """Push an image as people do; its digest."""
        return await self.push_to(self.stack.registry, content, repository, tag)

    async def push_to(self, server: str, content: Image | Index, repository: str, tag: str) -> str:
        """The same, to a registry at that address."""
        with tempfile.TemporaryDirectory() as folder:
            build_layout(Path(folder), content)
            return await push(f"oci:{folder}", server, repository, tag)

    async def settled(self, repository: str, digest: str) -> dict[str, Json]:
        """The image, once there is nothing more to come for it."""

        async def look() -> dict[str, Json] | None:
            image = (await self.images(repository)).get(digest)
            return image if image is not None and image["freshness"] != "Delayed" else None

        return await until(look)

    async def run(self, function: str) -> None:
        """Run a timer's function now."""
        url = f"{self.stack.http}/admin/functions/{function}"
        headers = {"x-functions-key": self.stack.master_key}
        async with self.session.post(url, json={"input": ""}, headers=headers) as response:
            assert response.status == 202, await response.text()

    async def post(
        self, body: bytes, *, content_type: str = "application/json", kind: str = "Notification"
    ) -> tuple[int, str]:
        """Deliver that body to the webhook; the answer's status and text."""
        url = f"{self.stack.http}/runtime/webhooks/EventGrid"
        asked = {"functionName": "registry_events", "code": self.stack.eventgrid_key}
        headers = {"Content-Type": content_type, "aeg-event-type": kind}
        async with self.session.post(url, params=asked, data=body, headers=headers) as response:
            return response.status, await response.text()

    async def deliver(
        self,
        event: "Fact",
        *,
        schema: DeliverySchema = DeliverySchema.EVENT_GRID,
        resource: Resource = RESOURCE,
    ) -> None:
        """Deliver one event, as Azure would have it."""
        grid = translate(
            event.notification(self.stack.registry),
            resource=resource,
            schema=schema,
            at=datetime.now(UTC),
            media_type=MANIFEST,
        )
        assert grid is not None
        body, content_type = encode(grid)
        assert await self.post(body, content_type=content_type) == (202, "")

    async def send(self, queue: str, *messages: str) -> None:
        """Put messages into a queue, as they are."""
        async with QueueServiceClient.from_connection_string(
            self.stack.storage_connection
        ) as service:
            client = service.get_queue_client(queue)
            for message in messages:
                await client.send_message(message)

    async def poisoned(self) -> dict[str, int]:
        """How many messages lie in each poison queue."""
        async with QueueServiceClient.from_connection_string(
            self.stack.storage_connection
        ) as service:
            names = [queue.name async for queue in service.list_queues()]
            return {
                name: await _length(service, name) for name in names if name.endswith("-poison")
            }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that a registry tells."""

    action: str
    repository: str
    digest: str
    at: datetime
    tag: str | None = None
    id: str = ""

    def notification(self, registry: str) -> Notification:
        """As the registry says it."""
        return Notification(
            id=self.id or str(uuid4()),
            timestamp=self.at.isoformat().replace("+00:00", "Z"),
            action=self.action,
            target=Target(
                media_type=MANIFEST,
                size=500,
                digest=self.digest,
                repository=self.repository,
                tag=self.tag,
            ),
            request=Request(id=str(uuid4()), host=registry, method="PUT"),
        )


async def until_run[A](client: Client, timer: str, look: Callable[[], Awaitable[A | None]]) -> A:
    """What `look` gives, once it gives something: that timer's function is run now, and again where
    nothing has come of it for seconds. While it goes on, another run only slows it."""
    async with asyncio.timeout(PATIENCE):
        for looks in itertools.count():
            if looks % LOOKS == 0:
                await client.run(timer)
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.2)
    raise AssertionError("never")


async def until[A](look: Callable[[], Awaitable[A | None]]) -> A:
    """What `look` gives, once it gives something."""
    async with asyncio.timeout(PATIENCE):
        for _ in itertools.count():
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.2)
    raise AssertionError("never")


def listed(page: Sequence[Mapping[str, Json]], name: str) -> list[Json]:
    """One field of all rows."""
    return [row[name] for row in page]


async def _length(service: QueueServiceClient, name: str) -> int:
    try:
        properties = await service.get_queue_client(name).get_queue_properties()
    except ResourceNotFoundError:
        return 0
    return int(properties.approximate_message_count or 0)
