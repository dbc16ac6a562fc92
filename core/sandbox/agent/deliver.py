"""Bring the result out: the inventory's blob, the outcome's blob, the report, in this order.

Each blob is created, never overwritten, and the URLs allow nothing else. So a refusal has two
meanings: after a try of our own whose answer was lost it says that the try arrived; on the first
try it says that somebody was here before, which is an earlier life of this very attempt (a
platform may restart a container that it ought not to).
"""

import asyncio
import io
import sys
from dataclasses import replace
from enum import StrEnum

import aiohttp

from core.domain.values import FailureCause
from core.sandbox.agent.inspect import Result
from core.sandbox.interface import Order, Outcome, Status
from core.sandbox.outcomes import encode_outcome
from core.sandbox.reports import Report, encode_report

_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each try. What is not delivered then, the app's watch-dog will miss."""

_TIMEOUT = aiohttp.ClientTimeout(total=60)
_REFUSED = frozenset({403, 409, 412})


class Delivery(StrEnum):
    """What became of something brought out."""

    DONE = "done"
    REFUSED = "refused"
    """Storage will not have it: it is there already, or the URL is no longer good."""
    LOST = "lost"
    """Storage gave no answer that counts, however often it was asked."""


async def deliver(session: aiohttp.ClientSession, order: Order, result: Result) -> None:
    """Bring a result out. Says on standard error what could not be delivered."""
    outcome = result.outcome
    if result.inventory is not None:
        written = await put_blob(session, order.sbom_url, result.inventory)
        if written is not Delivery.DONE:
            outcome = _without_inventory(outcome, written)
    written = await put_blob(session, order.outcome_url, encode_outcome(outcome))
    reported = await send_report(session, order)
    if not written is reported is Delivery.DONE:
        print(f"the outcome's blob: {written}; the report: {reported}", file=sys.stderr)


async def put_blob(session: aiohttp.ClientSession, url: str, content: bytes) -> Delivery:
    """Create the blob at `url`, a create-only SAS URL."""
    headers = {
        "x-ms-blob-type": "BlockBlob",
        "If-None-Match": "*",
        "Content-Type": "application/json",
    }
    return await _send(session, "PUT", url, content, headers)


async def send_report(session: aiohttp.ClientSession, order: Order) -> Delivery:
    """Say on the report queue that this attempt ended. Saying it twice does no harm."""
    text = encode_report(Report(scan=order.scan, attempt=order.attempt))
    body = f"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>".encode()
    headers = {"Content-Type": "application/xml"}
    return await _send(session, "POST", order.report_url, body, headers)


def _without_inventory(outcome: Outcome, written: Delivery) -> Outcome:
    """An outcome must not name an inventory that is not there, or is another run's."""
    return replace(
        outcome,
        status=Status.FAILED,
        cause=FailureCause.INTERNAL,
        message=f"The inventory could not be delivered: {written}.",
        sbom=None,
        packages=0,
    )


async def _send(
    session: aiohttp.ClientSession, method: str, url: str, body: bytes, headers: dict[str, str]
) -> Delivery:
    unanswered = False
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        status = await _status(session, method, url, body, headers)
        if status == 201:
            return Delivery.DONE
        if status in _REFUSED:
            return Delivery.DONE if unanswered else Delivery.REFUSED
        unanswered = unanswered or status is None or status >= 500
    return Delivery.LOST


async def _status(
    session: aiohttp.ClientSession, method: str, url: str, body: bytes, headers: dict[str, str]
) -> int | None:
    """The answer's status; `None` where there was no answer."""
    try:
        async with session.request(
            method,
            url,
            data=io.BytesIO(body),
            headers=headers,
            timeout=_TIMEOUT,
            allow_redirects=False,
        ) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return None
