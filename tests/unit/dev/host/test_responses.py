"""What HTTP functions return."""

from dev.host.protos import (
    NullableBool,
    NullableDouble,
    NullableString,
    NullableTimestamp,
    RpcHttp,
    RpcHttpCookie,
    Timestamp,
    TypedData,
)
from dev.host.responses import response
from dev.host.worker import Outcome


def http(**parts: object) -> Outcome:
    made = RpcHttp(status_code="200", body=TypedData(bytes=b""))
    for name, value in parts.items():
        setattr(made, name, value)
    return Outcome(succeeded=True, returned=TypedData(http=made))


def test_status_headers_and_bytes_go_out_as_they_are() -> None:
    out = response(http(status_code="418", headers={"X-A": "1"}, body=TypedData(bytes=b"\x00\xff")))
    assert (out.status, out.body, out.headers["x-a"]) == (418, b"\x00\xff", "1")


def test_a_length_that_a_function_sets_is_not_believed() -> None:
    out = response(http(headers={"Content-Length": "9999", "Transfer-Encoding": "chunked"}))
    assert out.headers.get("Content-Length") != "9999"
    assert "Transfer-Encoding" not in out.headers


def test_every_cookie_has_a_header_of_its_own() -> None:
    cookie = RpcHttpCookie(
        name="session",
        value="1",
        domain=NullableString(value="example.com"),
        path=NullableString(value="/"),
        expires=NullableTimestamp(value=Timestamp(seconds=0)),
        secure=NullableBool(value=True),
        http_only=NullableBool(value=True),
        same_site=RpcHttpCookie.SameSite.Strict,
        max_age=NullableDouble(value=60.0),
    )
    out = response(http(cookies=[cookie, RpcHttpCookie(name="b", value="2")]))
    assert out.headers.getall("Set-Cookie") == [
        "session=1; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=60; domain=example.com;"
        " path=/; secure; httponly; samesite=Strict",
        "b=2",
    ]


def test_a_failure_is_a_500_that_tells_nothing() -> None:
    out = response(Outcome(succeeded=False, error="ValueError: secret"))
    assert (out.status, out.body) == (500, None)


def test_a_string_is_text() -> None:
    out = response(Outcome(succeeded=True, returned=TypedData(string="hello")))
    assert (out.status, out.text, out.content_type) == (200, "hello", "text/plain")
