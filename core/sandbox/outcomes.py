"""Outcomes as JSON: written by the agent, read by the app.

What a sandbox writes is hostile input: it is read against a closed form, with every length
limited, and its parts must fit together (an inventory belongs to success, a cause to failure).
Anything else is an `InvalidReport`, which nobody needs to interpret further.
"""

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from core.domain.values import (
    Artifact,
    FailureCause,
    ImageName,
    NotApplicableCause,
    Origin,
    ScanId,
)
from core.errors import InvalidReport
from core.sandbox.interface import Child, ChildKind, Outcome, Status

MAX_OUTCOME_BYTES = 256 * 1024
"""Room for an index of `MAX_CHILDREN`, and far from anything that hurts to read."""

MAX_CHILDREN = 500
MAX_LAYERS = 1_000
MAX_MESSAGE = 500
MAX_NAME = 400
"""Characters of an image's name with host, repository, tag and digest, and some to spare."""
MAX_WORD = 128

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")

_Word = Annotated[str, msgspec.Meta(max_length=MAX_WORD, pattern=r"^[\x20-\x7e]*\Z")]
_Sentence = Annotated[str, msgspec.Meta(max_length=MAX_MESSAGE, pattern=r"^[\x20-\x7e]*\Z")]
_Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME, pattern=r"^[\x20-\x7e]*\Z")]
_Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}\Z")]
_Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class _Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the form: what it does not name may not be there."""


class _Image(_Closed, frozen=True, kw_only=True):
    registry: Annotated[str, msgspec.Meta(max_length=260)]
    repository: Annotated[str, msgspec.Meta(max_length=255)]
    digest: _Digest


class _Sbom(_Closed, frozen=True, kw_only=True):
    sha256: _Hash
    size: _Count


class _Origin(_Closed, frozen=True, kw_only=True):
    layers: Annotated[tuple[_Digest, ...], msgspec.Meta(max_length=MAX_LAYERS)] = ()
    base_name: _Name = ""
    base_digest: Annotated[str, msgspec.Meta(pattern=r"^(sha256:[0-9a-f]{64})?\Z")] = ""


class _Child(_Closed, frozen=True, kw_only=True):
    digest: _Digest
    media_type: _Word
    kind: ChildKind
    os: _Word
    architecture: _Word
    variant: _Word


class _Form(_Closed, frozen=True, kw_only=True):
    """Field for field an `Outcome`; the cause is a string until the status says of which list."""

    scan: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    attempt: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    image: _Image
    status: Status
    cause: str | None
    message: _Sentence
    os: _Word
    architecture: _Word
    variant: _Word
    cataloger: _Word
    cataloger_version: _Word
    sbom: _Sbom | None
    packages: _Count
    origin: _Origin = _Origin()
    """A sandbox that started before this was asked for says nothing of it."""
    children: Annotated[list[_Child], msgspec.Meta(max_length=MAX_CHILDREN)]
    started_at: _Time
    fetched_at: _Time | None
    finished_at: _Time


def clean(text: str, limit: int = MAX_WORD) -> str:
    """`text` made harmless: printable ASCII, one line, at most `limit` characters."""
    plain = _UNPRINTABLE.sub("?", " ".join(text.split()))
    return plain if len(plain) <= limit else plain[: limit - 3] + "..."


def encode_outcome(outcome: Outcome) -> bytes:
    """The outcome as JSON; what it quotes from the image must have been through `clean`."""
    return msgspec.json.encode(outcome)


def decode_outcome(data: bytes) -> Outcome:
    """Read an outcome. Raises `InvalidReport` for anything that is not exactly one."""
    if len(data) > MAX_OUTCOME_BYTES:
        raise InvalidReport(f"outcome of {len(data)} bytes: at most {MAX_OUTCOME_BYTES}")
    try:
        form = msgspec.json.decode(data, type=_Form)
        outcome = _outcome(form)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise InvalidReport(f"outcome that cannot be read: {clean(str(error), 200)}") from error
    _check(outcome)
    return outcome


def _outcome(form: _Form) -> Outcome:
    return Outcome(
        scan=ScanId(form.scan),
        attempt=form.attempt,
        image=ImageName(
            registry=form.image.registry,
            repository=form.image.repository,
            digest=form.image.digest,
        ),
        status=form.status,
        cause=_cause(form.status, form.cause),
        message=form.message,
        os=form.os,
        architecture=form.architecture,
        variant=form.variant,
        cataloger=form.cataloger,
        cataloger_version=form.cataloger_version,
        sbom=_artifact(form.sbom) if form.sbom is not None else None,
        packages=form.packages,
        origin=_origin(form.origin),
        children=tuple(_child(child) for child in form.children),
        started_at=form.started_at.astimezone(UTC),
        fetched_at=form.fetched_at and form.fetched_at.astimezone(UTC),
        finished_at=form.finished_at.astimezone(UTC),
    )


def _artifact(sbom: _Sbom) -> Artifact:
    return Artifact(sha256=sbom.sha256, size=sbom.size)


def _origin(origin: _Origin) -> Origin:
    return Origin(layers=origin.layers, base_name=origin.base_name, base_digest=origin.base_digest)


def _child(child: _Child) -> Child:
    return Child(
        digest=child.digest,
        media_type=child.media_type,
        kind=child.kind,
        os=child.os,
        architecture=child.architecture,
        variant=child.variant,
    )


def _cause(status: Status, cause: str | None) -> NotApplicableCause | FailureCause | None:
    """The cause out of the status's own list; `ValueError` when it is not in it."""
    match status:
        case Status.NOT_APPLICABLE:
            return NotApplicableCause(cause or "")
        case Status.FAILED:
            return FailureCause(cause or "")
        case _ if cause is not None:
            raise ValueError(f"an outcome that is {status} has no cause")
        case _:
            return None


def _check(outcome: Outcome) -> None:
    """What the form cannot say: which parts belong to which status."""
    if (outcome.sbom is not None) != (outcome.status is Status.INVENTORIED):
        raise InvalidReport(f"an outcome that is {outcome.status} contradicts its inventory")
    if outcome.origin != Origin() and outcome.status is not Status.INVENTORIED:
        raise InvalidReport(
            f"an outcome that is {outcome.status} says what the image is built from"
        )
    if outcome.children and outcome.status is not Status.INDEX:
        raise InvalidReport(f"an outcome that is {outcome.status} has no children")
    if len({child.digest for child in outcome.children}) != len(outcome.children):
        raise InvalidReport("an index names one of its children twice")
    if outcome.finished_at < outcome.started_at:
        raise InvalidReport("an outcome that ended before it began")
