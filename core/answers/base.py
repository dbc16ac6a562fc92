"""What all answers have in common."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that is answered. Fields without a default are always there, `null` where nothing
    is known; one that may be `UNSET` is left out then."""


type Moment = Annotated[
    str,
    Meta(
        description="A time, ISO 8601 in UTC.",
        examples=["2026-11-22T08:30:00.000000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
type Day = Annotated[
    str, Meta(description="A day, ISO 8601.", extra_json_schema={"format": "date"})
]
type Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
type Count = Annotated[int, Meta(ge=0)]
type Decimals = Annotated[
    str, Meta(description="A decimal number in a text: JSON's own are floats.")
]
type Something = Annotated[object, Meta(description="Any JSON value.")]


class Page(Answer, frozen=True, kw_only=True):
    """Part of a list, in a stable order."""

    continuation_token: (
        Annotated[str, Meta(description="Leads to the next page; missing on the last.")] | UnsetType
    ) = UNSET


def token(sealed: str | None) -> str | UnsetType:
    """A continuation token as pages have it."""
    return UNSET if sealed is None else sealed
