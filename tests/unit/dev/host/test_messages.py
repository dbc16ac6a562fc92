"""The text of queue messages, and what is told beside it."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from azure.storage.queue import QueueMessage
from hypothesis import given
from hypothesis import strategies as st

from dev.host.messages import decode, metadata


@given(st.text())
def test_what_was_encoded_is_read_back(text: str) -> None:
    message = QueueMessage(content=b64encode(text.encode()).decode())
    assert decode(message, base64_text=True) == text


@given(st.text(min_size=1))
def test_without_an_encoding_the_text_is_taken_as_it_is(text: str) -> None:
    assert decode(QueueMessage(content=text), base64_text=False) == text


def test_an_empty_message_is_empty_in_either_way() -> None:
    assert decode(QueueMessage(content=None), base64_text=True) == ""
    assert decode(QueueMessage(content=None), base64_text=False) == ""


def test_line_breaks_inside_base64_do_not_matter_as_in_dotnet() -> None:
    assert decode(QueueMessage(content="aGVs\r\nbG8=\n"), base64_text=True) == "hello"


@pytest.mark.parametrize("content", ["{}", "aGVsbG8", "ä", "/w==", "a"])
def test_another_encoding_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="not base64 of UTF-8"):
        decode(QueueMessage(content=content), base64_text=True)


def test_times_and_counts_are_json_and_the_rest_is_text() -> None:
    message = QueueMessage(content="x", id="7", pop_receipt="r", dequeue_count=2)
    message.inserted_on = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    told = metadata(message, "x")
    assert told["DequeueCount"].json == "2"
    assert told["InsertionTime"].json == '"2026-11-21T10:00:00+00:00"'
    assert told["ExpirationTime"].json == "null"
    assert (told["Id"].string, told["PopReceipt"].string) == ("7", "r")
    assert told["QueueTrigger"].string == "x"
