"""Large images get more of a machine, later attempts too, and nobody more than there is to have."""

from dataclasses import replace

import pytest

from core.domain.values import ImageName, ScanId
from core.sandbox.interface import GIB, MIB, Limits, Order
from core.sandbox.sizes import AGENT_MEMORY, MOST_CPUS, MOST_MEMORY, limits_for, packed

USUAL = Limits()
SMALL, MIDDLING, LARGE = 30 * MIB, GIB, 6 * GIB


def order(number: int, size: int | None = SMALL, attempt: int = 1) -> Order:
    return Order(
        scan=ScanId(f"scan-{number}"),
        attempt=attempt,
        image=ImageName(registry="r.azurecr.io", repository="a", digest=f"sha256:{number:064x}"),
        token=None,
        limits=limits_for(USUAL, size, attempt),
        sbom_url="https://storage/sbom",
        outcome_url="https://storage/outcome",
        report_url="https://storage/report",
    )


@pytest.mark.parametrize(
    ("size", "attempt", "cpus", "memory"),
    [
        (0, 1, 1, 2),
        (512 * MIB, 1, 1, 2),
        (512 * MIB + 1, 1, 2, 4),
        (2 * GIB, 1, 2, 4),
        (2 * GIB + 1, 1, 4, 8),
        (8 * GIB, 1, 4, 8),
        (None, 1, 1, 2),
        (None, 3, 3, 6),
        (MIDDLING, 2, 4, 8),
        (LARGE, 2, 4, 15),
        (LARGE, 1000, 4, 15),
    ],
)
def test_a_machine_grows_with_the_image_and_the_attempt(
    size: int | None, attempt: int, cpus: int, memory: int
) -> None:
    limits = limits_for(USUAL, size, attempt)
    assert (limits.cpus, limits.memory_bytes) == (cpus, memory * GIB)
    assert replace(limits, cpus=1, memory_bytes=USUAL.memory_bytes) == USUAL


def test_what_is_too_large_altogether_gets_little_for_the_agent_to_say_so() -> None:
    assert limits_for(USUAL, USUAL.compressed_bytes + 1, 1) == USUAL


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([], []),
        ([SMALL] * 4, [4]),
        ([SMALL] * 9, [4, 4, 1]),
        ([MIDDLING] * 3, [2, 1]),
        ([LARGE] * 2, [1, 1]),
        ([SMALL, LARGE, SMALL, SMALL], [1, 1, 2]),
    ],
)
def test_together_they_have_no_more_than_one_may_have(sizes: list[int], groups: list[int]) -> None:
    orders = [order(number, size) for number, size in enumerate(sizes)]
    packs = list(packed(orders, 4))
    assert [len(pack) for pack in packs] == groups
    assert [one for pack in packs for one in pack] == orders
    for pack in packs:
        assert sum(one.limits.cpus for one in pack) <= MOST_CPUS
        memory = sum(one.limits.memory_bytes + AGENT_MEMORY for one in pack)
        assert memory <= MOST_MEMORY


def test_where_starts_are_cheap_each_is_alone() -> None:
    assert [len(pack) for pack in packed([order(1), order(2)], 1)] == [1, 1]
