"""Views without storage: what a projection makes of a history, event by event."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.domain.events import Event, ImageEvent
from core.domain.ids import CommandId, StreamId, image_stream
from core.domain.image import IMAGE, Command
from core.domain.recorded import Recorded
from core.projections.interface import Projection, Set
from core.storage.interface import Cells
from tests.support.samples import at, image_name

type Shown = dict[str, Cells]
"""A view's rows in one shard, by key."""


def recorded(
    event: Event, position: int = 1, *, stream: StreamId | None = None, when: datetime | None = None
) -> Recorded:
    """An event as the log would hold it; each a minute after the one before."""
    return Recorded(
        shard=0,
        position=position,
        stream=stream or image_stream(image_name()),
        version=position,
        at=when or at(position),
        command=CommandId(f"{position:032x}"),
        correlation="a test",
        causation="a test",
        event=event,
    )


def history(
    *commands: Command | Sequence[Command], number: int = 1, after: int = 0
) -> list[Recorded]:
    """What an image's decider says to commands, in this order, behind so many other events."""
    flat = [one for some in commands for one in (some if isinstance(some, Sequence) else [some])]
    image = IMAGE.initial
    events: list[ImageEvent] = []
    for command in flat:
        news = IMAGE.decide(image, command)
        image = IMAGE.fold(image, news)
        events += news
    return in_order(events, number=number, after=after)


def in_order(events: Iterable[Event], *, number: int = 1, after: int = 0) -> list[Recorded]:
    """Events of one image, as a log would hold them."""
    stream = image_stream(image_name(number))
    return [
        recorded(event, position, stream=stream) for position, event in enumerate(events, after + 1)
    ]


def fold(
    projection: Projection,
    told: Iterable[Recorded],
    *,
    over: Mapping[str, Cells] | None = None,
    artifacts: Mapping[str, bytes] | None = None,
) -> Shown:
    """The rows after a history. A projection sees only the rows and artifacts that it asked for."""
    shown: Shown = dict(over or {})
    for one in told:
        rows = _asked(shown, projection.keys(one))
        needs = projection.needs(one, rows)
        rows |= _asked(shown, needs.keys)
        contents = {each.sha256: (artifacts or {})[each.sha256] for each in needs.artifacts}
        for change in projection.apply(one, rows, contents):
            if isinstance(change, Set):
                shown[change.key] = change.cells
            else:
                shown.pop(change.key, None)
    return shown


def _asked(shown: Shown, keys: Iterable[str]) -> Shown:
    return {key: shown[key] for key in keys if key in shown}
