"""Whatever happens to images, every view shows what the log says (P1, P2, P5, P7, P9, P10, B1, B3,
B4)."""

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.domain import events as e
from core.domain.ids import image_stream
from core.domain.image import Image
from core.domain.values import Health
from core.errors import RowConflict
from core.processes.bills import BillProcess
from core.processes.follower import ProcessFollower
from core.processes.states import ImageStates
from core.projections.images import Images
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.interface import Cells
from core.storage.memory import MemoryRows, MemoryTables
from tests.faults.storage import seeded
from tests.support.oracle import (
    SEVERITIES,
    Oracle,
    consult,
)
from tests.support.shown import check_views
from tests.support.views import fold
from tests.support.world import (
    NAMES,
    PROJECTIONS,
    SHARDS,
    Step,
    World,
    lives,
    ruled_lives,
    shown,
    world,
)


async def lived(life: Sequence[Step]) -> tuple[World, Oracle]:
    """A world after that life, and what its log says."""
    one = await world()
    await one.live(life)
    return one, await consult(one.log, one.artifacts, list(NAMES.values()))


@settings(max_examples=80, deadline=None)
@given(lives)
async def test_every_view_shows_what_the_log_says(life: list[Step]) -> None:
    one, oracle = await lived(life)
    check_views(await shown(one.tables), oracle)


@settings(max_examples=25, deadline=None)
@given(lives, st.integers(0, 2**32), st.integers(1, 7))
async def test_rebuilt_in_any_batches_by_rivals_and_in_any_order_of_shards_they_are_the_same(
    life: list[Step], seed: int, batch: int
) -> None:
    one, _ = await lived(life)
    assert await shown(await rebuilt(one, seeded(seed), batch)) == await shown(one.tables)


async def rebuilt(one: World, chance: random.Random, batch: int) -> MemoryTables:
    """Tables made anew from the log, each step by one of two rivals."""
    tables = MemoryTables()
    rivals = [[View(view, tables, one.artifacts) for view in PROJECTIONS] for _ in range(2)]
    tails = {shard: await one.log.read(shard, after=0) for shard in range(one.log.shards)}
    steps = [
        (number, shard)
        for number in range(len(PROJECTIONS))
        for shard, tail in tails.items()
        for _ in range(0, len(tail), batch)
    ]
    chance.shuffle(steps)
    for number, shard in steps:
        view = chance.choice(rivals)[number]
        position = await view.position(shard)
        with suppress(RowConflict):  # the other was quicker: the next step starts from there
            await view.follow(shard, tails[shard][position : position + batch])
    for views in rivals:
        await Runner(one.log, views).sweep()
    return tables


@settings(max_examples=25, deadline=None)
@given(lives)
async def test_a_digest_is_billed_once_to_a_subscription_and_only_for_a_completed_scan(
    life: list[Step],
) -> None:
    _, oracle = await lived(life)
    bills = [(bill.subscription, bill.image.digest) for bill in oracle.bills()]
    assert len(set(bills)) == len(bills)
    assert {(bill.scan, bill.image.digest) for bill in oracle.bills()} <= oracle.completed()


@settings(max_examples=60, deadline=None)
@given(lives, st.booleans())
async def test_only_what_is_completed_while_the_plan_is_on_is_billed_and_all_of_it(
    life: list[Step], duplicated: bool
) -> None:
    """Any history, told twice, in whatever order its shards are followed."""
    one, oracle = await lived(life)
    if duplicated:
        await rebilled(one)
        oracle = await consult(one.log, one.artifacts, list(NAMES.values()))
    bills = [(bill.subscription, bill.image.digest) for bill in oracle.bills()]
    assert len(set(bills)) == len(bills)
    wandering = {NAMES[2].digest}
    assert {one for one in bills if one[1] not in wandering} == {
        one for one in oracle.due() if one[1] not in wandering
    }


async def rebilled(one: World) -> None:
    """The whole log is followed once more, by a process that has forgotten how far it was."""
    process = BillProcess(one.log, ImageStates(one.log))
    again = ProcessFollower(process, one.log, MemoryRows())
    await Runner(one.log, [again]).sweep()


VERDICTS = (
    e.ImagePushed,
    e.ImageDeleted,
    e.ScanCompleted,
    e.RulesApplied,
    e.IndexRead,
    e.ChildAssessed,
    e.ImageNotApplicable,
)
"""What may change a verdict; a failed, late or running scan never does."""


@settings(max_examples=40, deadline=None)
@given(lives)
async def test_a_verdict_comes_of_whole_inventories_and_of_nothing_else(life: list[Step]) -> None:
    _, oracle = await lived(life)
    for name in NAMES.values():
        rows: Mapping[str, Cells] = {}
        told = [one for one in oracle.events if one.stream == image_stream(name)]
        for number, one in enumerate(told):
            before, rows = _health(rows), fold(Images(), [one], over=rows)
            assert isinstance(one.event, VERDICTS) or _health(rows) == before
            if _health(rows) is Health.HEALTHY and not isinstance(one.event, VERDICTS[4:]):
                assert before is Health.HEALTHY or _inventoried(told[: number + 1])


def _health(rows: Mapping[str, Cells]) -> Health | None:
    found = [str(cells["health"]) for cells in rows.values() if "health" in cells]
    return Health(found[0]) if found else None


def _inventoried(told: Sequence[object]) -> bool:
    """Whether an inventory was taken since the image was last deleted, and nothing found in it."""
    events = [getattr(one, "event", None) for one in told]
    last = events[-1]
    since = max((n for n, one in enumerate(events) if isinstance(one, e.ImageDeleted)), default=-1)
    taken = any(isinstance(one, e.InventoryTaken) for one in events[since + 1 :])
    if isinstance(last, e.RulesApplied):
        return taken and last.disabled.exemptions is not None
    return taken and isinstance(last, e.ScanCompleted) and last.counts == last.disabled.counts


@settings(max_examples=120, deadline=None)
@example([(9, 1, 0, 0), (11, 1, 0, 1), (11, 1, 12, 1), (5, 1, 28, 1)])
@given(ruled_lives)
async def test_health_counts_the_findings_that_no_rule_disables(life: list[Step]) -> None:
    one, oracle = await lived(life)
    check_views(await shown(one.tables), oracle)
    for name, image in oracle.images.items():
        if image.present and image.children is None:
            counted = {name: n for name, n in _numbers(image).items() if n}
            assert counted == oracle.counted(name)


def _numbers(image: Image) -> dict[str, int]:
    return {name: getattr(image.counts, name) for name in SEVERITIES}


READ_AGAIN = [
    (7, 4, 30, 14),
    (7, 5, 22, 28),
    (8, 2, 27, 16),
    (2, 5, 26, 18),
    (5, 2, 30, 25),
    (0, 5, 22, 25),
    (6, 5, 15, 2),
]
"""An index is read, deleted and pushed again before anybody has followed that it was read."""
NOTHING_TO_SCAN = [(9, 4, 30, 0), *((0, 1, 0, shard) for shard in range(SHARDS)), (9, 7, 30, 0)]
"""An index finds another, which turns out to have nothing to scan."""


@settings(max_examples=40, deadline=None)
@given(lives)
@example(READ_AGAIN)
@example(NOTHING_TO_SCAN)
async def test_an_index_knows_how_its_children_are(life: list[Step]) -> None:
    _, oracle = await lived(life)
    for name, image in oracle.images.items():
        for digest, known in (image.children or {}).items() if image.present else ():
            child = next(
                one
                for other, one in oracle.images.items()
                if (other.repository, other.digest) == (name.repository, digest)
            )
            assert (known.health, known.counts) == (child.health, child.counts)


@settings(max_examples=40, deadline=None)
@given(lives)
async def test_a_tag_belongs_to_one_image_of_a_repository(life: list[Step]) -> None:
    _, oracle = await lived(life)
    held = [
        (name.repository, tag)
        for name, image in oracle.images.items()
        if image.present
        for tag in image.tags
    ]
    assert len(set(held)) == len(held)
