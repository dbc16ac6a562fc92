"""Carries the outbox to the topic: at least once, in order, and never in anybody's way.

A topic that does not answer leaves everything where it is; the timer comes again. One that refuses
a batch is asked for each notice by itself, and what it refuses alone is put aside and counted.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from core.counters import Counters
from core.domain.ids import command_id
from core.errors import TopicRefused, TopicUnavailable
from core.notifications.notices import FLEET_TYPE, ImageNotice, Notice, fleet_notice
from core.notifications.outbox import Group, Outbox, Waiting, waited_since
from core.notifications.topic import BATCH_BYTES, Topic

logger = logging.getLogger(__name__)

QUIET = timedelta(seconds=60)
"""How long nothing may have been added to a cause's images before they are told of together."""
PATIENCE = timedelta(minutes=10)
"""How long a cause that goes on is waited for."""
_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """One CloudEvent, and the rows that it stands for."""

    notice: Notice
    rows: Sequence[Waiting]


class Delivery:
    """Empties the outbox."""

    def __init__(self, outbox: Outbox, topic: Topic, counters: Counters) -> None:
        self._outbox = outbox
        self._topic = topic
        self._counters = counters
        self._lock = asyncio.Lock()

    async def deliver(self, now: datetime) -> int:
        """Tell everything that can be told now; how many CloudEvents the topic took.

        Raises nothing when the topic is gone: it is logged, and what waits goes on waiting.
        """
        async with self._lock:
            taken = 0
            for batch in _batches(_letters(await self._outbox.waiting(), now)):
                try:
                    taken += await self._send(batch)
                except TopicUnavailable as error:
                    logger.warning("notices wait: %s", error)
                    self._counters.count("topic-unavailable", str(error))
                    break
            return taken

    async def _send(self, batch: Sequence[_Letter]) -> int:
        try:
            await self._topic.send([letter.notice for letter in batch])
        except TopicRefused as error:
            if len(batch) > 1:
                return sum([await self._send([letter]) for letter in batch])
            self._counters.count("notice-refused", str(error))
            for row in batch[0].rows:
                await self._outbox.refuse(row, str(error))
            return 0
        await self._outbox.told(row for letter in batch for row in letter.rows)
        return len(batch)


def _letters(waiting: Iterable[Waiting], now: datetime) -> list[_Letter]:
    """What can be told now: each notice by itself, or all that one cause changed."""
    letters: list[_Letter] = []
    groups: dict[Group, list[Waiting]] = {}
    for one in waiting:
        if one.group is None:
            letters.append(_Letter(notice=one.notice, rows=[one]))
        else:
            groups.setdefault(one.group, []).append(one)
    ready = {group: rows for group, rows in groups.items() if _complete(rows, now)}
    return letters + _digests(ready)


def _complete(rows: Sequence[Waiting], now: datetime) -> bool:
    times = [waited_since(row) for row in rows]
    return max(times) <= now - QUIET or min(times) <= now - PATIENCE


def _digests(groups: Mapping[Group, Sequence[Waiting]]) -> list[_Letter]:
    """A digest for each cause; a single image is told of as itself."""
    return [
        _Letter(notice=rows[0].notice if len(rows) == 1 else _digest(group, rows), rows=rows)
        for group, rows in groups.items()
    ]


def _digest(group: Group, rows: Sequence[Waiting]) -> Notice:
    notices = [msgspec.json.decode(row.notice.data, type=ImageNotice) for row in rows]
    latest = max(waited_since(row) for row in rows)
    told = fleet_notice(notices, cause=group.cause, version=group.version, at=latest)
    return Notice(
        id=command_id(group.partition, *(row.key for row in rows)),
        type=FLEET_TYPE,
        source=rows[0].notice.source,
        subject=group.subscription,
        time=latest,
        data=msgspec.json.encode(told),
    )


def _batches(letters: Iterable[_Letter]) -> Iterable[Sequence[_Letter]]:
    """In order, at most a hundred at a time, and no more bytes than a topic takes."""
    batch: list[_Letter] = []
    size = 0
    for letter in letters:
        length = len(letter.notice.data)
        if batch and (len(batch) == _BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += length
    if batch:
        yield batch
