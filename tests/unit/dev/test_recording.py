"""Requests are described in the services' own words, for the emulator and for Azure."""

from collections import Counter

import pytest
from azure.core.rest import HttpRequest

from dev.recording import Recorder, RecordingTransport, Request, describe

EMULATOR = "http://127.0.0.1:1/devstoreaccount1"
AZURE = "https://account.table.core.windows.net"
AGENTS = {
    "table": "azsdk-python-data-tables/12.7.0",
    "blob": "azsdk-python-storage-blob/12.0",
    "queue": "azsdk-python-storage-queue/12.0",
}
BATCH = b"--batch_1\r\n\r\nPUT %s/log(PartitionKey='3',RowKey='a%%7Cb') HTTP/1.1\r\n\r\n{}"


def request(service: str, method: str, url: str, content: bytes | None = None) -> HttpRequest:
    """A request as the service's SDK makes it."""
    return HttpRequest(method, url, headers={"User-Agent": AGENTS[service]}, content=content)


@pytest.mark.parametrize("base", [EMULATOR, AZURE])
@pytest.mark.parametrize(
    ("method", "path", "operation", "target", "key"),
    [
        ("GET", "/log(PartitionKey='3',RowKey='s%7Cimage')", "read row", "log", "s|image"),
        ("GET", "/log()?$filter=a", "query", "log", ""),
        ("POST", "/Tables", "add table", "Tables", ""),
        ("POST", "/$batch", "commit", "log", ""),
    ],
)
def test_a_request_for_rows(
    base: str, method: str, path: str, operation: str, target: str, key: str
) -> None:
    body = BATCH % base.encode() if path == "/$batch" else None
    described = describe(request("table", method, base + path, body))
    assert (described.operation, described.target, described.key) == (operation, target, key)
    assert described.size == len(body or b"")


@pytest.mark.parametrize("base", [EMULATOR, AZURE])
@pytest.mark.parametrize(
    ("service", "method", "path", "expected"),
    [
        (
            "blob",
            "PUT",
            "/inbox/s/1/a.json",
            Request(operation="write blob", target="inbox", key="s/1/a.json"),
        ),
        (
            "blob",
            "GET",
            "/artifacts/ab",
            Request(operation="read blob", target="artifacts", key="ab"),
        ),
        (
            "blob",
            "PUT",
            "/inbox?restype=container",
            Request(operation="write container", target="inbox"),
        ),
        ("queue", "POST", "/hints/messages", Request(operation="add message", target="hints")),
        (
            "queue",
            "DELETE",
            "/hints/messages/1?popreceipt=x",
            Request(operation="delete message", target="hints"),
        ),
        ("queue", "PUT", "/hints", Request(operation="write queue", target="hints")),
    ],
)
def test_a_request_for_blobs_and_messages(
    base: str, service: str, method: str, path: str, expected: Request
) -> None:
    assert describe(request(service, method, base + path)) == expected


def test_a_recorder_counts_by_operation_until_it_is_looked_at() -> None:
    recorder = Recorder()
    transport = recorder.transport()
    assert isinstance(transport, RecordingTransport)
    for _ in range(2):
        transport.record(request("queue", "POST", EMULATOR + "/hints/messages"))
    transport.record(request("blob", "GET", EMULATOR + "/artifacts/ab"))
    assert recorder.by_operation() == Counter({"add message hints": 2, "read blob artifacts": 1})
    assert len(recorder.take()) == 3
    assert recorder.take() == []
