"""A report is a name and nothing else; whatever is not exactly that is dropped."""

import base64

import pytest

from core.domain.values import ScanId
from core.errors import InvalidReport
from core.sandbox.reports import MAX_REPORT_BYTES, Report, decode_report, encode_report

REPORT = Report(scan=ScanId("scan-1"), attempt=3)


def test_a_report_is_read_as_it_lies_in_the_queue() -> None:
    assert decode_report(encode_report(REPORT)) == REPORT


def test_a_report_is_read_as_the_host_hands_it_over() -> None:
    assert decode_report(base64.b64decode(encode_report(REPORT))) == REPORT


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"not base64!",
        b"{}",
        b"[1,2]",
        b'{"scan":"s","attempt":0}',
        b'{"scan":"s","attempt":"1"}',
        b'{"scan":"s/../t","attempt":1}',
        b'{"scan":"s\\n","attempt":1}',
        b'{"scan":"","attempt":1}',
        b'{"scan":"s","attempt":1,"status":"healthy"}',
        b'{"scan":"s","attempt":1e400}',
        b'{"a":' * 200,
        "ünïcode",
        b"\xff\xfe",
        base64.b64encode(b"\xff\xfe"),
        b"A" * (MAX_REPORT_BYTES + 1),
    ],
)
def test_anything_else_is_refused(message: bytes | str) -> None:
    with pytest.raises(InvalidReport):
        decode_report(message)
