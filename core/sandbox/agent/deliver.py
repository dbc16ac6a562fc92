"""Bring the result out: the inventory's blob, the outcome's blob, the report, in this order.

Each blob is created, never overwritten, and the URLs allow nothing else. So a refusal has two
meanings: after a try of our own whose answer was lost it says that the try arrived; on the first
try it says that somebody was here before, which is an earlier life of this very attempt (a
platform may restart a container that it ought not to).
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from enum import StrEnum

import aiohttp

from core.domain.values import FailureCause
from core.sandbox.agent.attempt import Result
from core.sandbox.interface import Order, Outcome, Status
from core.sandbox.outcomes import encode_outcome
from core.sandbox.reports import Report, encode_report

_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each try. What is not delivered then, the app's watch-dog will miss."""

_TIMEOUT = aiohttp.ClientTimeout(total=60)
_PIECE = 256 * 1024
_REFUSED = frozenset({403, 409, 412})


class Delivery(StrEnum):
    """What became of something brought out."""

    DONE = "done"
    REFUSED = "refused"
    """Storage will not have it: it is there already, or the URL is no longer good."""
    LOST = "lost"
    """Storage gave no answer that counts, however often it was asked."""


class Courier:
    """Brings things to the addresses of an order, however often that takes."""

    def __init__(self, session: aiohttp.ClientSession, pauses: Sequence[float] = _PAUSES) -> None:
        self._session = session
        self._pauses = pauses

    async def deliver(self, order: Order, result: Result) -> None:
        """Bring a result out. Says on standard error what could not be delivered."""
        outcome = result.outcome
        if result.inventory is not None:
            written = await self.put_blob(order.sbom_url, result.inventory)
            if written is not Delivery.DONE:
                outcome = _without_inventory(outcome, written)
        written = await self.put_blob(order.outcome_url, encode_outcome(outcome))
        reported = await self.send_report(order)
        if not written is reported is Delivery.DONE:
            print(f"the outcome's blob: {written}; the report: {reported}", file=sys.stderr)

    async def put_blob(self, url: str, content: bytes) -> Delivery:
        """Create the blob at `url`, a create-only SAS URL."""
        headers = {
            "x-ms-blob-type": "BlockBlob",
            "If-None-Match": "*",
            "Content-Type": "application/json",
        }
        return await self._send("PUT", url, content, headers)

    async def send_report(self, order: Order) -> Delivery:
        """Say on the report queue that this attempt ended. Saying it twice does no harm."""
        text = encode_report(Report(scan=order.scan, attempt=order.attempt))
        body = f"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>".encode()
        return await self._send("POST", order.report_url, body, {"Content-Type": "application/xml"})

    async def _send(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
        unanswered = False
        for pause in self._pauses:
            await asyncio.sleep(pause)
            status = await self._status(method, url, body, headers)
            if status == 201:
                return Delivery.DONE
            if status in _REFUSED:
                return Delivery.DONE if unanswered else Delivery.REFUSED
            unanswered = unanswered or status is None or status >= 500
        return Delivery.LOST

    async def _status(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> int | None:
        """The answer's status; `None` where there was no answer."""
        try:
            async with self._session.request(
                method,
                url,
                data=_once(body),
                headers=headers | {"Content-Length": str(len(body))},
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return None


async def _once(body: bytes) -> AsyncIterator[bytes]:
    """A body that aiohttp cannot send again: it would repeat a PUT whose answer was lost, and we
    would take the refusal of the second for that of a first."""
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


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
