"""Events to bytes and back, and states likewise.

A type's name and schema stand beside the bytes. Reading goes up a ladder: fields that are unknown
are passed over (an older process reads what a newer one wrote), an older schema is lifted by the
pure functions of `UPCASTERS`, one step each, before it is decoded. `tests/golden/` holds one file
for every (type, schema) that was ever written; `docs/adr/0015-schema-ladder.md` tells how one is
changed.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from core.domain.events import EVENT_TYPES, Event
from core.errors import CorruptLog, InvalidInput

type Fields = dict[str, object]
"""An event's fields as JSON has them."""

type Upcasters = Mapping[tuple[str, int], Callable[[Fields], Fields]]
"""From (type, schema) to what makes of its fields those of schema + 1."""

UPCASTERS: Upcasters = {
    ("ScanRequested", 1): lambda fields: {**fields, "by": ""},
    ("FleetAssessed", 1): lambda fields: {**fields, "assessed_at": None},
    ("InventoryTaken", 1): lambda fields: fields | {"origin": {}},
    ("ScanCompleted", 1): lambda fields: fields | {"disabled": {}},
    ("ChildAssessed", 1): lambda fields: fields | {"disabled": {}},
}

LARGE = 8 * 1024
"""Bytes of a state beyond which it is compressed."""
_QUICKLY = 1
"""The level of compression: digests are random, and give no more to the others."""
_PACKED = b"\x78"
"""What compressed bytes begin with (RFC 1950), and JSON never does."""

_TYPES: Mapping[str, type[Event]] = {kind.__name__: kind for kind in EVENT_TYPES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """An event as it is stored."""

    type: str
    schema: int
    data: bytes
    """JSON."""


def encode(event: Event) -> Encoded:
    """An event as its type's name, its schema and its fields.

    InvalidInput when a text in it is none: half a surrogate pair, which JSON can smuggle in.
    """
    try:
        data = msgspec.json.encode(event)
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{type(event).__name__}: a text that is no Unicode") from error
    return Encoded(type=type(event).__name__, schema=event.schema, data=data)


def decode(encoded: Encoded, *, upcasters: Upcasters = UPCASTERS) -> Event:
    """The event. CorruptLog when its type is unknown, its schema too new, its fields wrong."""
    kind = _TYPES.get(encoded.type)
    if kind is None or encoded.schema > kind.schema:
        raise CorruptLog(
            f"{encoded.type} schema {encoded.schema} is newer than this code: update it first"
        )
    try:
        if encoded.schema == kind.schema:
            return msgspec.json.decode(encoded.data, type=kind)
        return msgspec.convert(_lift(encoded, kind.schema, upcasters), type=kind)
    except msgspec.MsgspecError as error:
        raise CorruptLog(f"{encoded.type} schema {encoded.schema}: {error}") from error


def _lift(encoded: Encoded, schema: int, upcasters: Upcasters) -> Fields:
    fields = msgspec.json.decode(encoded.data, type=dict[str, object])
    for step in range(encoded.schema, schema):
        upcaster = upcasters.get((encoded.type, step))
        if upcaster is None:
            raise CorruptLog(f"nothing lifts {encoded.type} from schema {step}")
        fields = upcaster(fields)
    return fields


def encode_state(state: object) -> bytes:
    """A state as JSON; a large one is compressed.

    A state that does not fit beside its stream is folded from the whole history each time that it
    is asked for: for an index of hundreds of children that was a thousand reads for each verdict.
    """
    data = msgspec.json.encode(state)
    return zlib.compress(data, _QUICKLY) if len(data) > LARGE else data


def decode_state[State](data: bytes, kind: type[State]) -> State:
    """The state. CorruptLog when it is not one."""
    try:
        return msgspec.json.decode(unpacked(data), type=kind)
    except (msgspec.MsgspecError, zlib.error) as error:
        raise CorruptLog(f"a snapshot of {kind.__name__}: {error}") from error


def unpacked(data: bytes) -> bytes:
    """A state's bytes as JSON."""
    return zlib.decompress(data) if data.startswith(_PACKED) else data
