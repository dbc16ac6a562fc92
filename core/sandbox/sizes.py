"""How much of a machine an attempt gets: by the size of its image, and more with each attempt.

A cataloger wants memory for what it finds and processors for what it unpacks, and both grow with an
image. The size is what the registry stores; nobody knows beforehand what it is unpacked, so a later
attempt gets more, in case an earlier one wanted it. The room is paid for by the second, as it is
asked for, so most images should have little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.sandbox.interface import GIB, MIB, Limits, Order

MOST_CPUS = 4
MOST_MEMORY = 16 * GIB
"""Of a container group: larger ones find no capacity in many regions."""

AGENT_MEMORY = GIB
"""What the agent itself wants, beside the cataloger."""

_STEPS = ((512 * MIB, 1), (2 * GIB, 2))
"""Images up to that size, and how much more than the usual room they get."""

_LARGEST = 4
"""The same for all larger ones."""


def limits_for(usual: Limits, size: int | None, attempt: int) -> Limits:
    """The limits of that attempt at an image of so many bytes, as the registry stores them; `None`
    where nobody knows. What is beyond all limits gets little: the agent will see from the manifest
    that it is too large."""
    steps = _steps(usual, size) * attempt
    return replace(
        usual,
        cpus=min(MOST_CPUS, usual.cpus * steps),
        memory_bytes=min(MOST_MEMORY - AGENT_MEMORY, usual.memory_bytes * steps),
    )


def packed(orders: Sequence[Order], most: int) -> Iterator[tuple[Order, ...]]:
    """The orders in groups that may share one start: at most so many, and no more of a machine
    together than one may have at most."""
    group: tuple[Order, ...] = ()
    for order in orders:
        if group and (len(group) == most or not _fits((*group, order))):
            yield group
            group = ()
        group = (*group, order)
    if group:
        yield group


def _steps(usual: Limits, size: int | None) -> int:
    if size is None or size > usual.compressed_bytes:
        return 1
    return next((steps for most, steps in _STEPS if size <= most), _LARGEST)


def _fits(orders: Sequence[Order]) -> bool:
    cpus = sum(order.limits.cpus for order in orders)
    memory = sum(order.limits.memory_bytes + AGENT_MEMORY for order in orders)
    return cpus <= MOST_CPUS and memory <= MOST_MEMORY
