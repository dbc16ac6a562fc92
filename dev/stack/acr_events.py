"""What Azure Event Grid would say of a push or a deletion, from what our registry says of it.

Our registry is Debian's `docker-registry`; its notifications have the very fields that Azure
Container Registry puts into an event's `data`, since ACR speaks the same protocol. The differences
are kept: ACR says neither the caller's address nor the URL, a deletion names the manifest's media
type, deleting a tag raises nothing, and nobody is told of pulls. After the event schema of
`Microsoft.ContainerRegistry` and, for the other envelope, CloudEvents 1.0.
"""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

DATA_VERSION = "2.0"
METADATA_VERSION = "1"


class DeliverySchema(StrEnum):
    """The envelope of events, in the words of a subscription's `eventDeliverySchema`."""

    EVENT_GRID = "EventGridSchema"
    CLOUD_EVENTS = "CloudEventSchemaV1_0"


class Target(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What was pushed, pulled or deleted; fields that ACR leaves out are not read."""

    media_type: str | None = None
    size: int | None = None
    digest: str | None = None
    length: int | None = None
    repository: str
    tag: str | None = None


class Request(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The HTTP request behind it; `host` is the only place where the login server appears."""

    id: str
    host: str | None = None
    method: str | None = None
    useragent: str | None = None


class Notification(Struct, frozen=True, kw_only=True):
    """One event of the registry's own, as it posts them to its endpoints."""

    id: str
    timestamp: str
    """RFC 3339 with up to nine fractional digits, handed on as it is, as ACR does."""
    action: str
    """`push`, `pull`, `mount` or `delete`."""
    target: Target
    request: Request


class Notifications(Struct, frozen=True, kw_only=True):
    """The body of one POST."""

    events: list[Notification]


class Data(Struct, frozen=True, kw_only=True):
    """The same in both envelopes."""

    id: str
    timestamp: str
    action: str
    location: str
    target: Target
    request: Request


class GridEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """Event Grid's own envelope."""

    id: str
    topic: str
    subject: str
    event_type: str
    event_time: str
    data: Data
    data_version: str = DATA_VERSION
    metadata_version: str = METADATA_VERSION


class CloudEvent(Struct, frozen=True, kw_only=True):
    """The envelope of CloudEvents 1.0."""

    id: str
    source: str
    subject: str
    type: str
    time: str
    data: Data
    specversion: str = "1.0"


class Resource(Struct, frozen=True, kw_only=True):
    """The registry as Azure would know it; none of this is in a notification."""

    id: str
    """Its ARM id, which becomes the topic."""
    location: str
    """Its region."""


def translate(
    notification: Notification,
    *,
    resource: Resource,
    schema: DeliverySchema,
    at: datetime,
    media_type: str | None = None,
) -> GridEvent | CloudEvent | None:
    """The event that Azure would raise at `at`, or nothing where it raises none.

    A deletion's notification lacks the manifest's media type: it is given as `media_type` where an
    earlier push told it.
    """
    if notification.action not in ("push", "delete") or notification.target.digest is None:
        return None
    wrap = _grid_event if schema is DeliverySchema.EVENT_GRID else _cloud_event
    return wrap(_data(notification, resource.location, media_type), resource.id, _timestamp(at))


def _data(notification: Notification, location: str, media_type: str | None) -> Data:
    target = notification.target
    if notification.action == "delete":
        target = Target(media_type=media_type, digest=target.digest, repository=target.repository)
    return Data(
        id=notification.id,
        timestamp=notification.timestamp,
        action=notification.action,
        location=location,
        target=target,
        request=notification.request,
    )


def _grid_event(data: Data, topic: str, time: str) -> GridEvent:
    return GridEvent(
        id=_event_id(data),
        topic=topic,
        subject=_subject(data.target),
        event_type=_event_type(data),
        event_time=time,
        data=data,
    )


def _cloud_event(data: Data, source: str, time: str) -> CloudEvent:
    return CloudEvent(
        id=_event_id(data),
        source=source,
        subject=_subject(data.target),
        type=_event_type(data),
        time=time,
        data=data,
    )


def _event_id(data: Data) -> str:
    """As in Azure's samples: a deletion has the id of its data, a push one of its own."""
    return data.id if data.action == "delete" else str(uuid5(NAMESPACE_URL, data.id))


def _event_type(data: Data) -> str:
    return f"Microsoft.ContainerRegistry.Image{'Deleted' if data.action == 'delete' else 'Pushed'}"


def _subject(target: Target) -> str:
    return target.repository if target.tag is None else f"{target.repository}:{target.tag}"


def _timestamp(at: datetime) -> str:
    """UTC with the seven fractional digits that Event Grid's clock has."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
