"""The topic that notices go to, and Azure Event Grid behind it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.messaging import CloudEvent
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.eventgrid.aio import EventGridPublisherClient

from core.errors import TopicRefused, TopicUnavailable
from core.notifications.notices import Notice

BATCH_BYTES = 512 * 1024
"""Bytes of payload that go at a time: Event Grid takes 1 MiB with everything round it."""

_RETRIES = 1
"""Within one try: what is not taken now stays in the outbox, and is tried again by the minute."""
_NEVER = frozenset({400, 413})
"""Answers that the same events will always get."""


class Topic(Protocol):
    """Where CloudEvents go."""

    async def send(self, notices: Sequence[Notice]) -> None:
        """Hand them over, all or none. TopicRefused when they will never be taken,
        TopicUnavailable when it is not known, or worth another try."""


class EventGridTopic:
    """A custom topic of Event Grid that takes CloudEvents (v1.0)."""

    def __init__(self, client: EventGridPublisherClient) -> None:
        self._client = client

    async def send(self, notices: Sequence[Notice]) -> None:
        try:
            await self._client.send([_cloud_event(notice) for notice in notices])
        except ClientAuthenticationError as error:
            raise TopicUnavailable(f"the topic does not let us in: {error.message}") from error
        except HttpResponseError as error:
            message = f"the topic answered {error.status_code}: {error.message}"
            if error.status_code in _NEVER:
                raise TopicRefused(message) from error
            raise TopicUnavailable(message) from error
        except AzureError as error:
            raise TopicUnavailable(f"the topic does not answer: {error.message}") from error


@asynccontextmanager
async def open_topic(
    endpoint: str,
    credential: AzureKeyCredential | AsyncTokenCredential,
    *,
    transport: AsyncHttpTransport[HttpRequest, AsyncHttpResponse] | None = None,
) -> AsyncIterator[EventGridTopic]:
    """The topic at that endpoint (`https://<topic>.<region>-1.eventgrid.azure.net/api/events`)."""
    async with EventGridPublisherClient(
        endpoint,
        credential,
        retry_total=_RETRIES,
        transport=transport,
    ) as client:
        yield EventGridTopic(client)


def _cloud_event(notice: Notice) -> CloudEvent[object]:
    return CloudEvent(
        id=notice.id,
        type=notice.type,
        source=notice.source,
        subject=notice.subject,
        time=notice.time,
        datacontenttype="application/json",
        data=msgspec.json.decode(notice.data),
    )
