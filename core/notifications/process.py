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

RULES = "rules-changed"
"""The cause where rules were changed or have expired."""


class VerdictNotices:
    """A process manager; see `core/processes/follower.py`."""

    name = "notices"

    def __init__(self, log: EventLog, desk: NoticeDesk) -> None:
        self._log = log
        self._desk = desk

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        event = recorded.event
        if not isinstance(event, e.ScanCompleted | e.RulesApplied):
            return None
        if not self._desk.is_news(recorded):
            return None
        before, after = await self._around(recorded)
        if after.name is None or Health.UNHEALTHY not in (before.health, after.health):
            return None
        delta = compare(await self._desk.verdict(before), await self._desk.verdict(after))
        if delta is None:
            return None
        cause_of_it, group = _cause(event, after)
        await self._desk.write(recorded, after, delta, cause=cause_of_it, group=group)
        return ()

    async def _around(self, recorded: Recorded) -> tuple[Image, Image]:
        """The image before the event's command, and after all that followed from it."""
        history = await self._log.history(recorded.stream)
        same = [one for one in history if one.command == recorded.command]
        before = _fold(IMAGE.initial, [one for one in history if one.version < same[0].version])
        return before, _fold(before, same)


def _cause(event: e.ScanCompleted | e.RulesApplied, image: Image) -> tuple[str, Group | None]:
    """What changed the verdict. Published advisories, and rules, touch many images, which are told
    of together."""
    match event:
        case e.RulesApplied(disabled=disabled):
            return RULES, Group(
                cause=RULES, version=disabled.rules_version, subscription=image.subscription
            )
        case e.ScanCompleted(advisories_version=version):
            reason = image.scan.reason if image.scan else e.ScanReason.REQUEST
            if reason is not e.ScanReason.ADVISORIES:
                return reason.value, None
            return reason.value, Group(
                cause=reason.value, version=version, subscription=image.subscription
            )


def _fold(image: Image, history: Sequence[Recorded]) -> Image:
    return IMAGE.fold(image, [cast("e.ImageEvent", recorded.event) for recorded in history])
