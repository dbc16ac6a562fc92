"""Reading a registry's answers: status to error, body within its limit, blob to its digest."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aiohttp import ClientResponse

from core.errors import AccessDenied, NotFound, RegistryUnavailable, Throttled, UntrustedContent
from core.registry.patience import retry_after

_SOON = 1.0
"""Seconds to wait for a registry that throttles without saying for how long."""


def expect(response: ClientResponse, what: str) -> None:
    """Raise the error that the answer's status stands for, unless it is 200.

    `what` says what was asked for, and of whom: "manifest v1 of team/app in demo.azurecr.io".
    """
    match response.status:
        case 200:
            return
        case 401 | 403:
            raise AccessDenied(f"No access to {what}: check the identity's role on the registry.")
        case 404:
            raise NotFound(f"There is no {what}.")
        case 429 | 503:
            asked = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            raise Throttled(
                f"The registry is too busy for {what}.",
                retry_after=_SOON if asked is None else asked,
            )
        case status:
            raise RegistryUnavailable(f"The registry answers {status} to a request for {what}.")


def moment(response: ClientResponse, what: str) -> datetime:
    """When the registry answered, by its own clock (`Date`, RFC 9110, 6.6.1)."""
    try:
        at = parsedate_to_datetime(response.headers["Date"])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (KeyError, ValueError, OverflowError) as error:
        raise RegistryUnavailable(f"The registry does not say when it answered: {what}.") from error


async def read(response: ClientResponse, limit: int, what: str) -> bytes:
    """The whole body; raises UntrustedContent as soon as it is clear that it exceeds the limit."""
    _refuse_encoding(response, what)
    if (response.content_length or 0) > limit:
        raise UntrustedContent(f"{what}: {response.content_length} bytes, at most {limit} are read")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise UntrustedContent(f"{what}: more than {limit} bytes, none of it is believed")
    return bytes(body)


async def receive(
    response: ClientResponse, size: int, digest: str, write: Callable[[bytes], object], what: str
) -> None:
    """Pass a blob on as it comes; raises UntrustedContent where it is not exactly the one named.

    Only a return without an error says that what was written is the blob.
    """
    _refuse_encoding(response, what)
    if response.content_length not in (None, size):
        raise UntrustedContent(f"{what}: {response.content_length} bytes, not {size} as described")
    received, sha256 = 0, hashlib.sha256()
    async for chunk in response.content.iter_any():
        received += len(chunk)
        if received > size:
            raise UntrustedContent(f"{what}: more than the {size} bytes that are described")
        sha256.update(chunk)
        write(chunk)
    if received < size:
        raise UntrustedContent(f"{what}: ends after {received} of {size} bytes")
    if f"sha256:{sha256.hexdigest()}" != digest:
        raise UntrustedContent(f"{what}: the bytes hash to sha256:{sha256.hexdigest()}")


def _refuse_encoding(response: ClientResponse, what: str) -> None:
    """We ask for none; unpacking what comes regardless would give up every limit."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise UntrustedContent(
            f"{what}: comes encoded as {encoding[:20]!r}, which nobody asked for"
        )
