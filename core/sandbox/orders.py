"""Orders as JSON: written by the app, read by the agent on standard input.

The app is trusted, so an order is checked for mistakes, not for malice; one that is wrong is
refused before anything is fetched.
"""

import msgspec

from core.domain.values import ScanId, is_digest, is_registry, is_repository
from core.errors import SandboxError
from core.sandbox.interface import Order

MAX_ORDER_BYTES = 64 * 1024

_LOOPBACK = ("127.0.0.1", "localhost")


def encode_order(order: Order) -> bytes:
    """The order as JSON. It contains secrets: hand it to the agent, and to nobody else."""
    return msgspec.json.encode(order)


def decode_order(data: bytes) -> Order:
    """Read an order. Raises `SandboxError` when it is none; the message repeats no secret."""
    if len(data) > MAX_ORDER_BYTES:
        raise SandboxError(f"an order of {len(data)} bytes is refused: at most {MAX_ORDER_BYTES}")
    try:
        order = msgspec.json.decode(data, type=Order)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SandboxError(f"what came on standard input is no order: {error}") from None
    _check(order)
    return order


def _check(order: Order) -> None:
    image = order.image
    if order.attempt < 1:
        raise SandboxError(f"attempts are numbered from 1, and the order's is {order.attempt}")
    if not (is_registry(image.registry) and is_repository(image.repository)):
        raise SandboxError("the order names no image: its registry or repository is malformed")
    if not is_digest(image.digest):
        raise SandboxError("the order names no image: its digest is malformed")
    if order.plain_http and image.registry.partition(":")[0] not in _LOOPBACK:
        raise SandboxError(f"{image.registry} is asked over plain HTTP, but is not on loopback")
    for url in (order.sbom_url, order.outcome_url, order.report_url):
        if not url.startswith(("https://", "http://")):
            raise SandboxError("the order says where to write with something that is no URL")


def sbom_path(scan: ScanId, attempt: int) -> str:
    """Where an attempt's inventory is written, below the inbox."""
    return f"{scan}/{attempt}/sbom.json"


def outcome_path(scan: ScanId, attempt: int) -> str:
    """Where an attempt's outcome is written, below the inbox."""
    return f"{scan}/{attempt}/outcome.json"
