"""What happened in a registry, as Event Grid tells it.

Azure Container Registry raises four types of event and Event Grid delivers them in one of two
envelopes, its own schema or CloudEvents 1.0; the `data` inside is the same. Old samples and some
tools leave the types' `Microsoft.ContainerRegistry.` prefix out, so both spellings are read.

Whatever arrives becomes a value: an event that cannot be read is `Rejected` and does not take the
rest of its batch with it. Only a body that is no batch at all raises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from core.domain.values import is_digest, is_repository, is_tag
from core.errors import InvalidEvent, InvalidReference
from core.registry.event_schema import CloudEvent, Data, GridEvent, read_data, read_envelope
from core.registry.references import RegistryResource, parse_login_server, parse_resource

MAX_BODY = 1024 * 1024
"""Bytes of one delivery: Event Grid sends no event and no batch beyond 1 MB."""

MAX_EVENTS = 5_000
"""Events of one delivery: the most that a subscription can ask Event Grid for."""

_PREFIX = "Microsoft.ContainerRegistry."
_CHARTS = ("ChartPushed", "ChartDeleted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A manifest was written: a push, an import, or a tag that now points to it."""

    id: str
    """The event's id; a delivery that is repeated carries the same."""
    resource: RegistryResource
    """The registry, as Azure knows it."""
    login_server: str | None
    """The host the request went to, where the event says. Never to be connected to: an enrolled
    registry's own login server is."""
    repository: str
    """Repository."""
    digest: str
    """Digest of the manifest."""
    tag: str | None
    """Tag, unless it was pushed by digest, as the children of an index are."""
    media_type: str
    """What the registry says the manifest is."""
    size: int | None
    """Bytes of the manifest itself, without its layers."""
    timestamp: datetime
    """When the registry did it, by its own clock, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A manifest was deleted, with every tag that pointed to it."""

    id: str
    """The event's id; a delivery that is repeated carries the same."""
    resource: RegistryResource
    """The registry, as Azure knows it."""
    login_server: str | None
    """The host the request went to, where the event says."""
    repository: str
    """Repository."""
    digest: str
    """Digest of the manifest."""
    timestamp: datetime
    """When the registry did it, by its own clock, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A well-formed event that is no business of ours."""

    reason: str
    """Why."""
    type: str
    """The event's type, as it came."""
    id: str
    """The event's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An event that cannot be read. Trying it again would end the same."""

    reason: str
    """Which field is wrong, and how."""
    id: str | None
    """The event's id, where that much could be read."""


type Parsed = Pushed | Deleted | Ignored | Rejected


def parse_events(body: bytes | str | Sequence[object] | Mapping[str, object]) -> list[Parsed]:
    """Read one delivery: an event or an array of events, as JSON or already decoded.

    Gives one value for each event, in their order. Raises InvalidEvent where the delivery as a
    whole is none: not JSON, empty, or beyond its limits.
    """
    batch = _decode(body) if isinstance(body, bytes | str) else body
    if isinstance(batch, Mapping):
        return [parse_event(batch)]
    if not isinstance(batch, Sequence) or isinstance(batch, str):
        raise InvalidEvent("The delivery is neither an event nor an array of events.")
    if not batch:
        raise InvalidEvent("The delivery is an empty array: it carries no event.")
    if len(batch) > MAX_EVENTS:
        raise InvalidEvent(f"The delivery carries {len(batch)} events; at most {MAX_EVENTS} are.")
    return [parse_event(event) for event in batch]


def parse_event(event: object) -> Parsed:
    """Read one event that is already decoded from its JSON."""
    try:
        envelope = read_envelope(event)
    except InvalidEvent as error:
        return Rejected(reason=str(error), id=None)
    try:
        return _classify(envelope, event)
    except InvalidEvent as error:
        return Rejected(reason=str(error), id=envelope.id)


def _decode(body: bytes | str) -> object:
    if len(body) > MAX_BODY:
        raise InvalidEvent(f"The delivery has more than {MAX_BODY} bytes.")
    try:
        batch: object = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:  # bad UTF-8 is a ValueError of its own
        raise InvalidEvent(f"The delivery is not JSON: {error}.") from error
    return batch


def _classify(envelope: GridEvent | CloudEvent, event: object) -> Parsed:
    match envelope.type.removeprefix(_PREFIX):
        case "ImagePushed":
            return _pushed(envelope, read_data(event))
        case "ImageDeleted":
            return _deleted(envelope, read_data(event))
        case kind:
            reason = "a Helm chart, not an image" if kind in _CHARTS else "unknown type of event"
            return Ignored(reason=reason, type=envelope.type, id=envelope.id)


def _pushed(envelope: GridEvent | CloudEvent, data: Data) -> Pushed:
    target = data.target
    if target.media_type is None:
        raise InvalidEvent("data.target.mediaType is missing")
    if target.tag and not is_tag(target.tag):
        raise InvalidEvent(f"data.target.tag is no tag: {target.tag[:128]!r}")
    return Pushed(
        id=envelope.id,
        resource=_resource(envelope),
        login_server=_login_server(data),
        repository=_repository(data),
        digest=_digest(data),
        tag=target.tag or None,
        media_type=target.media_type,
        size=target.size,
        timestamp=_utc(data.timestamp),
    )


def _deleted(envelope: GridEvent | CloudEvent, data: Data) -> Deleted:
    return Deleted(
        id=envelope.id,
        resource=_resource(envelope),
        login_server=_login_server(data),
        repository=_repository(data),
        digest=_digest(data),
        timestamp=_utc(data.timestamp),
    )


def _resource(envelope: GridEvent | CloudEvent) -> RegistryResource:
    try:
        return parse_resource(envelope.origin)
    except InvalidReference as error:
        raise InvalidEvent(f"{envelope.ORIGIN}: {error}") from error


def _login_server(data: Data) -> str | None:
    if data.request is None or not data.request.host:
        return None
    try:
        return parse_login_server(data.request.host)
    except InvalidReference as error:
        raise InvalidEvent(f"data.request.host: {error}") from error


def _repository(data: Data) -> str:
    repository = data.target.repository
    if not is_repository(repository):
        raise InvalidEvent(f"data.target.repository is no repository: {repository[:255]!r}")
    return repository


def _digest(data: Data) -> str:
    digest = data.target.digest
    if digest is None:
        raise InvalidEvent("data.target.digest is missing")
    if not is_digest(digest):
        raise InvalidEvent(f"data.target.digest is not sha256 and 64 hex digits: {digest[:80]!r}")
    return digest


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first and last hours of the calendar have no UTC
        raise InvalidEvent(f"data.timestamp is beyond the calendar: {moment}") from error
