"""Whatever befalls the k-th request, of any step, in any way: every image goes its way once (L5,
P4, B1, B2).

The step is delivered again, as a queue or Event Grid does, to the very process that met with the
fault and believes whatever it believes by now. A run of all tests strikes each step once in every
way, each way another request; the campaign strikes every request, once and stubbornly.
"""

import itertools
from collections.abc import Iterable
from contextlib import suppress

import pytest

from core.errors import RowConflict, StorageUnavailable
from tests.faults.rig import STEPS, Rig, Step
from tests.faults.transport import STUBBORN, Misfortune
from tests.support.campaign import Campaign

pytestmark = [pytest.mark.azurite, pytest.mark.timeout(1200)]

FEWEST = (4, 6, 9, 15)
"""Requests that each step sends at least."""


@pytest.mark.parametrize("misfortune", Misfortune)
async def test_a_misfortune_of_any_request_costs_time_and_nothing_else(
    rig: Rig, campaign: Campaign, misfortune: Misfortune
) -> None:
    struck = 0
    place = list(Misfortune).index(misfortune)
    if campaign.long:
        for step, count in itertools.product(STEPS, (1, STUBBORN)):
            struck += await _strike_each(rig, step, misfortune, count, itertools.count(1))
    else:
        for step, fewest in zip(STEPS, FEWEST, strict=True):
            first = 1 + place * fewest // len(Misfortune)
            count = (1, STUBBORN)[(place + first) % 2]
            struck += await _strike_each(rig, step, misfortune, count, [first])
    whole = await rig.check_everything()
    assert struck >= len(STEPS)
    campaign.tried(
        f"a network that {misfortune.value}: {struck} requests struck,"
        f" {whole.events:,} events of {whole.commands:,} commands in the log"
    )


async def _strike_each(
    rig: Rig, step: Step, misfortune: Misfortune, count: int, firsts: Iterable[int]
) -> int:
    """Strike those requests of the step, each time for an image of its own, up to the last that it
    sends; how many there were."""
    struck = 0
    for first in firsts:
        number = rig.image()
        for before in STEPS[: STEPS.index(step)]:
            await before(rig.clear, number)
        rig.weather.forecast(misfortune, first, count)
        await _try(rig, step, number)
        sent = rig.weather.sent
        await rig.weather.clear()
        for again in STEPS[STEPS.index(step) :]:
            await again(rig.exposed, number)
        if await rig.slots.taken():
            await rig.recover()
        await rig.check_image(number)
        if sent < first:
            break
        struck += 1
    return struck


async def _try(rig: Rig, step: Step, number: int) -> None:
    """The step may fail, but only as storage fails."""
    with suppress(StorageUnavailable):
        try:
            await step(rig.exposed, number)
        except ExceptionGroup as failed:
            if failed.split((StorageUnavailable, RowConflict))[1] is not None:
                raise
