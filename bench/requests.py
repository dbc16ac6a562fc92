"""What one push costs in storage requests, which are what a serverless system pays for."""

from collections.abc import Sequence
from pathlib import Path

from bench.by_hand import list_packages
from bench.counting import REHEARSALS, Counted, Meter
from bench.figures import ratio, spread
from bench.sections import Section
from dev.images.hand import hand_advisories, hand_image
from dev.images.oci import build_layout
from dev.stack.azurite import start_azurite
from dev.stack.process import stop

LOGS = (0, 2_000, 20_000)
"""Events that the log holds before the pushes."""
TARGET = 60
PACKAGES = 250
VULNERABLE = 100
WARM = 5
"""Pushes that are measured at each length of the log, in a process that knows its shards."""


async def measure(folder: Path) -> Sequence[Section]:
    """Count at each length of the log, each time in a process that has just been started."""
    azurite = await start_azurite(folder)
    try:
        meter = Meter(azurite.connection_string, await _inventory(folder))
        await meter.publish(folder, hand_advisories(VULNERABLE))
        return sections([await meter.count(events, warm=WARM) for events in LOGS])
    finally:
        await stop(azurite.process)


async def _inventory(folder: Path) -> bytes:
    """What a sandbox would bring: Trivy's own inventory of a hand-made image."""
    layout = folder / "image"
    build_layout(layout, hand_image(packages=PACKAGES, vulnerable=VULNERABLE))
    return await list_packages(layout)


def sections(counted: Sequence[Counted]) -> Sequence[Section]:
    """The counts at each length of the log, and one push's requests by operation."""
    first = spread(one.total() for one in counted[0].warm)
    one_push = counted[0].warm[-1]
    lengths = Section(
        title="Storage requests of one push",
        measured=f"From a push's event until its {VULNERABLE} findings are in every view, over logs"
        f" that held so many events before; cold is a process's first push, warm are {WARM} that"
        f" follow {REHEARSALS} others into the same shards; looks into empty queues are left out.",
        columns=("events in the log", "cold", "warm", "worst", "to target", "to first log"),
        rows=[_row(one, first.median) for one in counted],
    )
    operations = Section(
        title="The same, by operation",
        measured="The last warm push over the first log; the sandbox's own three are the two blobs"
        " that it writes to the inbox and its report.",
        columns=("operation and target", "requests"),
        rows=[(what, str(count)) for what, count in one_push.most_common()]
        + [("all", str(one_push.total()))],
    )
    return lengths, operations


def _row(one: Counted, first: float) -> Sequence[str]:
    warm = spread(push.total() for push in one.warm)
    return (
        f"{one.events:,}",
        str(one.cold.total()),
        f"{warm.median:.0f}",
        f"{warm.worst:.0f}",
        ratio(warm.median, TARGET),
        ratio(warm.median, first),
    )
