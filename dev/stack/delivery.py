"""Delivers events to the Functions host's webhook as Event Grid does, on a shorter clock.

At least once and in no order: every event is on its own, is tried again until the host takes it,
and is given up after as many tries as Event Grid makes, or at once when the answer says that
trying is useless. After Azure's "Event Grid message delivery and retry".
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import msgspec

from dev.stack.acr_events import CloudEvent, GridEvent
from dev.stack.functions_host import read_state

log = logging.getLogger("translator.delivery")

WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the next try; the last one goes on. Event Grid starts at ten seconds."""

MAX_TRIES = 30
"""Event Grid's `maxDeliveryAttempts`."""

ANSWER_SECONDS = 30.0
"""Within this time Event Grid wants an answer."""

_TAKEN = range(200, 205)
_NEVER_AGAIN = frozenset({400, 401, 403, 413})


class Outcome(StrEnum):
    """How an event's delivery ended."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The host said something that no repetition changes: the event is dropped."""
    EXPIRED = "expired"
    """Every try failed: the event is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One function of one host that events go to."""

    state: Path
    """The file in which the host says where it listens and what its keys are. It is read before
    each try, so the host may start later than the events, and come back somewhere else."""
    function: str
    """Name of the function."""

    def url(self) -> str | None:
        """The webhook, with its key, or nothing while no host has said where it is."""
        host = read_state(self.state)
        if host is None:
            return None
        query = urlencode({"functionName": self.function, "code": host.keys.eventgrid})
        return f"{host.http}/runtime/webhooks/EventGrid?{query}"


async def deliver(
    session: aiohttp.ClientSession,
    subscription: Subscription,
    event: GridEvent | CloudEvent,
    *,
    waits: Sequence[float] = WAITS,
) -> Outcome:
    """Deliver one event, for as long as that takes."""
    for attempt in range(MAX_TRIES):
        status = await _try(session, subscription, event, attempt)
        if status in _TAKEN:
            return Outcome.DELIVERED
        if status in _NEVER_AGAIN:
            log.error("%s of %s was refused with %s", event.id, event.subject, status)
            return Outcome.REFUSED
        log.info("%s of %s: try %d gave %s", event.id, event.subject, attempt + 1, status)
        await asyncio.sleep(waits[min(attempt, len(waits) - 1)])
    log.error("%s of %s was given up after %d tries", event.id, event.subject, MAX_TRIES)
    return Outcome.EXPIRED


async def _try(
    session: aiohttp.ClientSession,
    subscription: Subscription,
    event: GridEvent | CloudEvent,
    attempt: int,
) -> int | None:
    """The status that the host answered one try with, or nothing when there was no answer."""
    url = subscription.url()
    if url is None:
        return None
    body, content_type = encode(event)
    headers = {
        "Content-Type": content_type,
        "aeg-event-type": "Notification",
        "aeg-subscription-name": subscription.function.upper(),
        "aeg-delivery-count": str(attempt),
    }
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    try:
        async with session.post(url, data=body, headers=headers, timeout=timeout) as response:
            return response.status
    except (aiohttp.ClientError, TimeoutError):
        return None


def encode(event: GridEvent | CloudEvent) -> tuple[bytes, str]:
    """The body of a delivery and its type: always an array in Event Grid's own schema, and a bare
    object in CloudEvents."""
    if isinstance(event, GridEvent):
        return msgspec.json.encode([event]), "application/json; charset=utf-8"
    return msgspec.json.encode(event), "application/cloudevents+json; charset=utf-8"
