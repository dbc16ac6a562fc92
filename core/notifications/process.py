"""Follows verdicts, and puts what changed into the outbox.

What an image was before stands in its own history, so nothing else is remembered and nothing can
disagree with the log. The events of one command are one change: a verdict and the rules applied to
it are never two pieces of news. An index is not told of: its children are, by their own streams.
"""

from collections.abc import Iterable, Sequence
from typing import cast

from core.domain import events as e
from core.domain.image import IMAGE, Image
from core.domain.recorded import Recorded
from core.domain.values import Health
from core.log.handle import Cause
from core.log.interface import EventLog
from core.notifications.deltas import compare
from core.notifications.desk import NoticeDesk
from core.notifications.outbox import Group


class VerdictNotices:
    """A process manager; see `core/processes/follower.py`."""

    name = "notices"

    def __init__(self, log: EventLog, desk: NoticeDesk) -> None:
        self._log = log
        self._desk = desk

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        if not isinstance(recorded.event, e.ScanCompleted) or not self._desk.is_news(recorded):
            return None
        before, after = await self._around(recorded)
        if after.name is None or Health.UNHEALTHY not in (before.health, after.health):
            return None
        delta = compare(await self._desk.verdict(before), await self._desk.verdict(after))
        if delta is None:
            return None
        reason = after.scan.reason if after.scan else e.ScanReason.REQUEST
        group = _group(recorded.event, after) if reason is e.ScanReason.ADVISORIES else None
        await self._desk.write(recorded, after, delta, cause=reason.value, group=group)
        return ()

    async def _around(self, recorded: Recorded) -> tuple[Image, Image]:
        """The image before the event's command, and after all that followed from it."""
        history = await self._log.history(recorded.stream)
        same = [one for one in history if one.command == recorded.command]
        before = _fold(IMAGE.initial, [one for one in history if one.version < same[0].version])
        return before, _fold(before, same)


def _group(event: e.ScanCompleted, image: Image) -> Group:
    """Published advisories touch many images, which are told of together."""
    return Group(
        cause=e.ScanReason.ADVISORIES.value,
        version=event.advisories_version,
        subscription=image.subscription,
    )


def _fold(image: Image, history: Sequence[Recorded]) -> Image:
    return IMAGE.fold(image, [cast("e.ImageEvent", recorded.event) for recorded in history])
