"""One attempt from order to outcome: fetch, catalogue, and a cause for everything that goes wrong.

Whatever happens becomes an outcome. An attempt that says nothing has to be waited for; one that
says why it failed can be tried again at once, or never.
"""

import asyncio
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from core.domain.values import FailureCause, NotApplicableCause, Origin
from core.errors import (
    AccessDenied,
    NotFound,
    RegistryError,
    Throttled,
    UntrustedContent,
)
from core.registry.interface import Registry
from core.sandbox.agent.cage import Folders
from core.sandbox.agent.catalogue import Inventory, NoInventory, catalogue
from core.sandbox.agent.fetch import Fetched, IndexFound, NotApplicable, fetch
from core.sandbox.agent.settings import CageKind, Tool
from core.sandbox.interface import Order, Outcome, Status
from core.sandbox.outcomes import MAX_MESSAGE, clean

type OpenRegistry = Callable[[Order], AbstractAsyncContextManager[Registry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the agent works with here."""

    tool: Tool
    cage: CageKind
    folder: Path
    """Empty, and the agent's own."""
    registry: OpenRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An outcome, and the inventory that it names."""

    outcome: Outcome
    inventory: bytes | None = None


async def attempt(order: Order, bench: Bench) -> Result:
    """Carry the order out, within its time. Never raises but for cancellation."""
    blank = _blank(order)
    try:
        async with asyncio.timeout(order.limits.seconds):
            return await _stages(order, bench, blank)
    except TimeoutError:
        return _failed(
            blank, FailureCause.TIMEOUT, f"The scan took longer than {order.limits.seconds} s."
        )
    except RegistryError as error:
        return _failed(blank, _registry_cause(error), str(error))
    except MemoryError:
        return _failed(blank, FailureCause.OUT_OF_MEMORY, "The agent itself ran out of memory.")
    except Exception as error:  # noqa: BLE001 (the last resort: a bug must not cost the outcome)
        traceback.print_exception(error)
        return _failed(blank, FailureCause.INTERNAL, f"The agent failed: {type(error).__name__}.")


async def _stages(order: Order, bench: Bench, blank: Outcome) -> Result:
    folders = Folders(image=bench.folder / "image", scratch=bench.folder / "scratch")
    async with bench.registry(order) as registry:
        found = await fetch(registry, order.image, order.limits, folders.image)
    match found:
        case IndexFound():
            ended = replace(blank, status=Status.INDEX, children=found.children)
            return Result(outcome=_finished(ended))
        case NotApplicable():
            seen = _on_platform(blank, found)
            return _no_inventory(seen, found.cause, found.message)
        case Fetched():
            seen = replace(_on_platform(blank, found), fetched_at=datetime.now(UTC))
            made = await catalogue(bench.tool, folders, order.limits, bench.cage)
            return _catalogued(seen, found.origin, made)


def _catalogued(seen: Outcome, origin: Origin, made: Inventory | NoInventory) -> Result:
    match made:
        case NoInventory():
            return _no_inventory(seen, made.cause, made.message)
        case Inventory():
            outcome = replace(
                seen,
                status=Status.INVENTORIED,
                sbom=made.artifact,
                packages=made.packages,
                origin=origin,
                cataloger_version=made.version,
            )
            return Result(outcome=_finished(outcome), inventory=made.content)


def _blank(order: Order) -> Outcome:
    """An outcome of which only the beginning is known."""
    now = datetime.now(UTC)
    return Outcome(
        scan=order.scan,
        attempt=order.attempt,
        image=order.image,
        status=Status.FAILED,
        cataloger=order.cataloger,
        started_at=now,
        finished_at=now,
    )


def _on_platform(outcome: Outcome, found: Fetched | NotApplicable) -> Outcome:
    platform = found.platform
    return replace(
        outcome, os=platform.os, architecture=platform.architecture, variant=platform.variant
    )


def _no_inventory(seen: Outcome, cause: NotApplicableCause | FailureCause, message: str) -> Result:
    status = Status.FAILED if isinstance(cause, FailureCause) else Status.NOT_APPLICABLE
    ended = replace(seen, status=status, cause=cause, message=clean(message, MAX_MESSAGE))
    return Result(outcome=_finished(ended))


def _failed(blank: Outcome, cause: FailureCause, message: str) -> Result:
    return _no_inventory(blank, cause, message)


def _finished(outcome: Outcome) -> Outcome:
    """Now, but never before the start: clocks are set back while a scan runs."""
    return replace(outcome, finished_at=max(datetime.now(UTC), outcome.started_at))


def _registry_cause(error: RegistryError) -> FailureCause:
    match error:
        case AccessDenied():
            return FailureCause.PULL_DENIED
        case NotFound():
            return FailureCause.MANIFEST_UNKNOWN
        case Throttled():
            return FailureCause.THROTTLED
        case UntrustedContent():
            return FailureCause.UNTRUSTED_CONTENT
        case _:
            return FailureCause.REGISTRY_UNAVAILABLE
