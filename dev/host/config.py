"""host.json: what the app tells its host. Only what this host acts upon is read."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from core.errors import ConfigurationError
from dev.host.timespan import parse_timespan

MINIMUM_POLL = timedelta(milliseconds=100)
"""The shortest `maxPollingInterval` that the host in Azure takes; polling starts from it."""

_MAX_BATCH = 32
"""As many messages as Queue Storage gives out at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOptions:
    """`extensions.queues`, for all queue triggers of the app alike."""

    batch_size: int = 16
    """Messages taken at once."""
    new_batch_threshold: int = 8
    """The next batch is taken when no more than this many messages are at work."""
    max_dequeue_count: int = 5
    """Deliveries before a message that keeps failing goes to the poison queue."""
    visibility_timeout: timedelta = timedelta(0)
    """How long a message that failed stays away before it is delivered again."""
    max_polling_interval: timedelta = timedelta(minutes=1)
    """The longest pause between two looks at an empty queue."""
    base64: bool = True
    """Whether a message's text is base64 (`messageEncoding`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfig:
    """The whole of host.json."""

    route_prefix: str = "api"
    """What every route starts with; may be empty."""
    queues: QueueOptions = QueueOptions()


class _Http(msgspec.Struct, rename="camel"):
    route_prefix: str = "api"


class _Queues(msgspec.Struct, rename="camel"):
    batch_size: int = 16
    new_batch_threshold: int | None = None
    max_dequeue_count: int = 5
    visibility_timeout: str = "00:00:00"
    max_polling_interval: str = "00:01:00"
    message_encoding: str = "base64"


class _Extensions(msgspec.Struct, rename="camel"):
    http: _Http = msgspec.field(default_factory=_Http)
    queues: _Queues = msgspec.field(default_factory=_Queues)


class _HostJson(msgspec.Struct, rename="camel"):
    version: str
    extensions: _Extensions = msgspec.field(default_factory=_Extensions)


def read_host_json(path: Path) -> HostConfig:
    """What the app's host.json says. Raises ConfigurationError when that is impossible."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_HostJson)
        if document.version != "2.0":
            raise ValueError('its version must be "2.0"')
        return HostConfig(
            route_prefix=document.extensions.http.route_prefix.strip("/"),
            queues=_queue_options(document.extensions.queues),
        )
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise ConfigurationError(f"{path} is not valid: {error}.") from error


def _queue_options(queues: _Queues) -> QueueOptions:
    threshold = queues.new_batch_threshold
    polling = parse_timespan(queues.max_polling_interval)
    encoding = queues.message_encoding.lower()
    _check(1 <= queues.batch_size <= _MAX_BATCH, f"queues.batchSize must be 1 to {_MAX_BATCH}")
    _check(threshold is None or threshold >= 0, "queues.newBatchThreshold must not be negative")
    _check(queues.max_dequeue_count >= 1, "queues.maxDequeueCount must be at least 1")
    _check(polling >= MINIMUM_POLL, "queues.maxPollingInterval must be at least 00:00:00.100")
    _check(encoding in {"base64", "none"}, "queues.messageEncoding must be base64 or none")
    return QueueOptions(
        batch_size=queues.batch_size,
        new_batch_threshold=queues.batch_size // 2 if threshold is None else threshold,
        max_dequeue_count=queues.max_dequeue_count,
        visibility_timeout=parse_timespan(queues.visibility_timeout),
        max_polling_interval=polling,
        base64=encoding == "base64",
    )


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
