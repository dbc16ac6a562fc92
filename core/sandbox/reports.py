"""The report: the sandbox's message on the queue, a hint that says which outcome to look at.

Base64 of JSON, since that is what the Functions host decodes by default. It is never trusted for
more than a name; what is true stands in the outcome's blob.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

import msgspec

from core.domain.values import ScanId
from core.errors import InvalidReport

MAX_REPORT_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Which attempt ended."""

    scan: ScanId
    attempt: int


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    scan: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}\Z")]
    attempt: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


def encode_report(report: Report) -> str:
    """The queue message's text: base64 of JSON."""
    return base64.b64encode(msgspec.json.encode(report)).decode()


def decode_report(data: bytes | str) -> Report:
    """Read a report, as the host hands it over (decoded) or as it lies in the queue (base64).

    Raises `InvalidReport` for anything that is not exactly one.
    """
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_REPORT_BYTES:
        raise InvalidReport(f"report of {len(raw)} bytes: at most {MAX_REPORT_BYTES}")
    try:
        text = raw if raw.lstrip().startswith(b"{") else base64.b64decode(raw, validate=True)
        form = msgspec.json.decode(text, type=_Form)
    except (msgspec.DecodeError, binascii.Error, RecursionError, UnicodeError) as error:
        raise InvalidReport("report that is not {scan, attempt} in JSON: dropped") from error
    return Report(scan=ScanId(form.scan), attempt=form.attempt)
