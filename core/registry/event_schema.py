"""The JSON of a registry's events, as far as we read it: two envelopes and one kind of data.

After the TypeSpec of `Microsoft.ContainerRegistry` in Azure's REST API specifications, Event
Grid's own schema, and CloudEvents 1.0. Fields that nothing needs are left out, so that a change in
them cannot cost us an event.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta, Struct, field

from core.errors import InvalidEvent

_PLAIN = r"^[^\x00-\x1f\x7f\ud800-\udfff]+\Z"
_MEDIA_TYPE = r"^[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}\Z"  # RFC 6838

_Id = Annotated[str, Meta(max_length=256, pattern=_PLAIN)]
_Type = Annotated[str, Meta(max_length=256, pattern=_PLAIN)]
_Origin = Annotated[str, Meta(min_length=1, max_length=1024)]


class GridEvent(Struct, frozen=True, kw_only=True):
    """The envelope of Event Grid's own schema."""

    ORIGIN: ClassVar = "topic"
    id: _Id
    type: _Type = field(name="eventType")
    origin: _Origin = field(name="topic")


class CloudEvent(Struct, frozen=True, kw_only=True):
    """The envelope of CloudEvents 1.0."""

    ORIGIN: ClassVar = "source"
    specversion: Annotated[str, Meta(pattern=r"^1\.0\Z")]
    id: _Id
    type: _Type
    origin: _Origin = field(name="source")


class Target(Struct, frozen=True, kw_only=True, rename="camel"):
    """The manifest that the event is about."""

    repository: str
    digest: str | None = None
    tag: str | None = None
    media_type: Annotated[str, Meta(pattern=_MEDIA_TYPE)] | None = None
    size: Annotated[int, Meta(ge=0, lt=2**53)] | None = None


class Request(Struct, frozen=True, kw_only=True):
    """The request that caused the event; events about charts have none."""

    host: str | None = None


class Data(Struct, frozen=True, kw_only=True):
    """The `data` of ImagePushed and ImageDeleted."""

    timestamp: Annotated[datetime, Meta(tz=True)]
    target: Target
    request: Request | None = None


class _Carrier(Struct, frozen=True):
    """The part that both envelopes share; decoded apart, since charts and others fill it freely."""

    data: Data


def read_envelope(event: object) -> GridEvent | CloudEvent:
    """Read the envelope alone; `specversion` tells which one it is."""
    if isinstance(event, Mapping) and "specversion" in event:
        return _convert(event, CloudEvent)
    return _convert(event, GridEvent)


def read_data(event: object) -> Data:
    """Read the data of an event about an image."""
    return _convert(event, _Carrier).data


def _convert[T](event: object, schema: type[T]) -> T:
    try:
        return msgspec.convert(event, schema)
    except msgspec.ValidationError as error:
        raise InvalidEvent(str(error)) from error
