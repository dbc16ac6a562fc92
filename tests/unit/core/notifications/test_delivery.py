"""What waits is told at least once, in order, whatever the topic or the process does meanwhile."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from core.counters import Counters
from core.domain.events import ImagePulled
from core.domain.ids import CommandId, StreamId
from core.domain.recorded import Recorded
from core.errors import TopicRefused, TopicUnavailable
from core.notifications.delivery import Delivery
from core.notifications.notices import Notice
from core.notifications.outbox import REFUSED, Outbox
from core.storage.interface import Rows
from core.storage.memory import MemoryTables
from tests.faults.storage import Calls, Faults, InterceptedTables, Loss, ProcessDied
from tests.support.samples import at
from tests.support.scattered import ScatteredRows
from tests.support.tables import all_rows
from tests.support.topics import MemoryTopic

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def cause(number: int) -> Recorded:
    """The number-th event of a shard."""
    return Recorded(
        shard=1,
        position=number,
        stream=StreamId("image-1"),
        version=number,
        at=at(number),
        command=CommandId(f"{number}"),
        correlation="",
        causation="",
        event=ImagePulled(day=at(0).date()),
    )


def notice(number: int, *, size: int = 2) -> Notice:
    return Notice(
        id=f"{number:032x}",
        type="Pratique.Image.NewFindings",
        source="/pratique/log",
        subject="an image",
        time=at(number),
        data=b'"' + b"x" * size + b'"',
    )


async def filled(rows: Rows, count: int, *, size: int = 2) -> Outbox:
    """An outbox in which so many notices wait."""
    outbox = Outbox(rows)
    for number in range(1, count + 1):
        await outbox.add(cause(number), notice(number, size=size), None)
    return outbox


async def test_notices_go_in_the_order_of_their_causes() -> None:
    rows = await MemoryTables().open("outbox")
    outbox, topic = Outbox(rows), MemoryTopic()
    for number in (3, 1, 2):
        await outbox.add(cause(number), notice(number), None)
    assert await Delivery(outbox, topic, Counters()).deliver(NOW) == 3
    assert topic.sent == [notice(1), notice(2), notice(3)]
    assert await all_rows(rows) == []


async def test_an_event_that_is_followed_again_waits_once() -> None:
    outbox, topic = await filled(await MemoryTables().open("outbox"), 1), MemoryTopic()
    await outbox.add(cause(1), notice(1), None)
    assert await Delivery(outbox, topic, Counters()).deliver(NOW) == 1


@pytest.mark.parametrize(("count", "size", "batches"), [(250, 2, 3), (20, 60_000, 3)])
async def test_a_batch_is_no_larger_than_a_topic_takes(count: int, size: int, batches: int) -> None:
    outbox = await filled(await MemoryTables().open("outbox"), count, size=size)
    seen: list[int] = []

    def look(notices: Sequence[Notice]) -> None:
        seen.append(len(notices))

    topic = MemoryTopic(trouble=look)
    assert await Delivery(outbox, topic, Counters()).deliver(NOW) == count
    assert (len(seen), sum(seen)) == (batches, count)


async def test_a_topic_that_is_gone_for_an_hour_loses_nothing() -> None:
    outbox, counters = await filled(await MemoryTables().open("outbox"), 3), Counters()
    topic = MemoryTopic(trouble=lambda notices: TopicUnavailable("500"))
    delivery = Delivery(outbox, topic, counters)
    for _ in range(60):
        assert await delivery.deliver(NOW) == 0
    assert counters.read() == {"topic-unavailable": 60}
    topic.trouble = lambda notices: None
    assert await delivery.deliver(NOW) == 3


async def test_what_is_refused_for_good_holds_up_no_other() -> None:
    def trouble(notices: Sequence[Notice]) -> Exception | None:
        return TopicRefused("413: too large") if notice(2) in notices else None

    rows = await MemoryTables().open("outbox")
    outbox, topic, counters = await filled(rows, 3), MemoryTopic(trouble=trouble), Counters()
    delivery = Delivery(outbox, topic, counters)
    assert await delivery.deliver(NOW) == 2
    assert topic.sent == [notice(1), notice(3)]
    assert counters.read() == {"notice-refused": 1}
    [left] = await all_rows(rows)
    assert (left.partition, left.key, left.cells["why"]) == (
        REFUSED,
        notice(2).id,
        "413: too large",
    )
    assert (await outbox.refused(), await delivery.deliver(NOW)) == (1, 0)


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("k", range(1, 7))
async def test_a_death_at_any_call_loses_nothing_and_changes_no_id(k: int, loss: Loss) -> None:
    tables, topic = MemoryTables(), MemoryTopic()
    await filled(await tables.open("outbox"), 150)
    dying = Faults(at=frozenset({k}), loss=loss, error=ProcessDied)
    try:
        rows = await InterceptedTables(tables, dying).open("outbox")
        await Delivery(Outbox(rows), topic, Counters()).deliver(NOW)
    except ProcessDied:
        pass
    again = Outbox(await tables.open("outbox"))
    await Delivery(again, topic, Counters()).deliver(NOW)
    assert {one.id for one in topic.sent} == {notice(number).id for number in range(1, 151)}
    assert await again.waiting() == []


async def test_two_that_deliver_at_once_leave_nothing_behind() -> None:
    rows = await MemoryTables().open("outbox")
    outbox, topic = await filled(rows, 3), MemoryTopic()
    waiting = await outbox.waiting()
    await Delivery(outbox, topic, Counters()).deliver(NOW)
    await outbox.told(waiting)
    assert await all_rows(rows) == []


async def test_a_page_that_storage_ends_early_keeps_nobody_waiting() -> None:
    outbox, topic = (
        await filled(ScatteredRows(await MemoryTables().open("outbox")), 12),
        MemoryTopic(),
    )
    assert await Delivery(outbox, topic, Counters()).deliver(NOW) == 12
    assert await outbox.waiting() == []


async def test_an_idle_look_costs_one_request() -> None:
    calls = Calls()
    rows = await InterceptedTables(MemoryTables(), calls).open("outbox")
    calls.take()
    await Delivery(Outbox(rows), MemoryTopic(), Counters()).deliver(NOW)
    assert calls.take() == ["scan"]
