"""The images' states, as process managers read them: once for an event, however many ask."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import cast

from core.domain.events import ImageEvent
from core.domain.image import IMAGE, Image
from core.domain.recorded import Recorded
from core.log.handle import current
from core.log.interface import EventLog

_REMEMBERED = 256


class ImageStates:
    """Loads images behind their events.

    A state that was read for an event holds that event, and perhaps later ones, which will be
    followed in their turn; so it serves everybody who asks about the same event.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._read: OrderedDict[tuple[int, int], Image] = OrderedDict()

    async def behind(self, recorded: Recorded) -> Image:
        """The state of the event's image, with the event in it."""
        place = (recorded.shard, recorded.position)
        if place not in self._read:
            self._read[place] = await current(self._log, IMAGE, recorded.stream)
            if len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        return self._read[place]

    async def at(self, recorded: Recorded) -> Image:
        """The state of the event's image as the event left it, from its whole history."""
        history = await self._log.history(recorded.stream)
        facts = [one.event for one in history if one.version <= recorded.version]
        return IMAGE.fold(IMAGE.initial, cast("Sequence[ImageEvent]", facts))
