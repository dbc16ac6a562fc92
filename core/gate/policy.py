"""What a pipeline lets pass, and the request that says so.

The image is written as people write it, by digest or by tag. Everything else has a usual value that
is the strict one: what nobody has looked into does not pass unless somebody says that it may.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from core.domain.values import Severity
from core.errors import InvalidInput
from core.registry.references import DEFAULT_TAG, ImageReference, parse_reference

MAX_BYTES = 16 * 1024
"""Length of a request."""

_SEVERITIES = {severity.value.lower(): severity for severity in Severity}


class Leniency(StrEnum):
    """What may pass although it was not assessed."""

    UNSCANNED = "unscanned"
    """What nobody has looked into, or not into all of it."""
    FAILED = "failed"
    """What could not be scanned the last time: its verdict from before is taken."""
    NOT_APPLICABLE = "notApplicable"
    """What cannot be scanned: Windows images, artifacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a finding must be to stop an image, and what else may pass."""

    fail_on: Severity = Severity.HIGH
    """Findings of this severity and worse stop the image."""
    ignore_unfixed: bool = False
    """Whether findings without a version that resolves them count for nothing."""
    allow: frozenset[Leniency] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this image go on?"""

    image: ImageReference
    policy: Policy


class WrittenQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A question as JSON has it."""

    image: str
    fail_on: str = Severity.HIGH.value
    ignore_unfixed: bool = False
    allow: list[Leniency] = []


def read_question(document: bytes) -> Question:
    """The question that a JSON document asks. InvalidInput says what is wrong with it."""
    if len(document) > MAX_BYTES:
        raise InvalidInput(f"a question to the gate may have {MAX_BYTES:,} bytes")
    try:
        written = msgspec.json.decode(document, type=WrittenQuestion)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"this is no question to the gate: {error}") from error
    severity = _SEVERITIES.get(written.fail_on.lower())
    if severity is None:
        raise InvalidInput(f"failOn must be one of {', '.join(Severity)}")
    policy = Policy(
        fail_on=severity, ignore_unfixed=written.ignore_unfixed, allow=frozenset(written.allow)
    )
    return Question(image=_reference(written.image), policy=policy)


def _reference(text: str) -> ImageReference:
    """The image, which must be one: who gates the wrong one lets anything pass."""
    image = parse_reference(text)
    if image.digest is None and image.tag is None:
        raise InvalidInput(
            f"{image} names neither a tag nor a digest: did you mean {image}:{DEFAULT_TAG}?"
        )
    return image
