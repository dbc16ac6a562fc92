"""Makes a log long: images that were pushed once and pulled every day since.

Through the log's own append, many events to a transaction, as a bulk job would. Their scans are
left out: what matters to whoever comes later is how long the log is, and that the views have rows.
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from core.domain.events import ImagePulled, ImagePushed, Source
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.state import Image
from core.domain.values import ImageName
from core.log import codec
from core.log.interface import Append, EventLog, Stream

PER_IMAGE = 40
"""Events of one image, a push and a pull a day: with an event's two rows and the image's own, near
the hundred rows that a transaction holds."""
_FIRST_DAY = date(2026, 1, 1)


async def fill(
    log: EventLog, numbers: range, *, registry: str, subscription: str, seconds: float
) -> int:
    """Append the images of those numbers, which the log does not hold yet, for so many seconds at
    most; the number at which it stopped."""
    end = time.monotonic() + seconds
    for number in numbers:
        if time.monotonic() > end:
            return number
        await log.append([_image(number, registry, subscription)], now=datetime.now(UTC))
    return numbers.stop


def _image(number: int, registry: str, subscription: str) -> Append:
    name = ImageName(
        registry=registry, repository=f"fleet/image-{number}", digest=f"sha256:{number:064x}"
    )
    stream = image_stream(name)
    events = tuple(_events(name, subscription))
    state: Image = IMAGE.fold(IMAGE.initial, events)
    return Append(
        stream=Stream(id=stream, version=0, fold=None, fold_schema="", etag=None),
        events=events,
        command=command_id("bench", stream),
        correlation="bench",
        causation="bench",
        fold=codec.encode_state(state),
        fold_schema=IMAGE.fold_schema,
    )


def _events(name: ImageName, subscription: str) -> Iterator[ImagePushed | ImagePulled]:
    yield ImagePushed(
        image=name,
        subscription=subscription,
        tag=None,
        media_type="application/vnd.oci.image.manifest.v1+json",
        size=1000,
        source=Source.PUSH,
        pushed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    for day in range(1, PER_IMAGE):
        yield ImagePulled(day=_FIRST_DAY + timedelta(days=day))
