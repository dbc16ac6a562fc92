"""Requests: routes, keys, and what comes back."""

import asyncio
import ssl

import aiohttp
import pytest
from yarl import URL

from tests.functions.host.running import Running

pytestmark = pytest.mark.azurite


async def test_a_function_gets_the_request_as_azure_would_give_it(running: Running) -> None:
    key = running.host.state.keys.function
    url = running.url(f"/v1/ECHO/team%2Fapp/a%20b?x=1&x=2&empty=&code={key}")
    headers = {"X-Test": "yes"}
    async with running.session.post(
        URL(url, encoded=True), data=b"body", headers=headers
    ) as response:
        told = await response.json()
    assert response.status == 200
    assert told == {
        "method": "POST",
        "url": url,
        "route": {"first": "team%2Fapp", "second": "a b"},
        "query": {"x": "1,2", "code": key},
        "header": "yes",
        "body": "body",
    }


async def test_an_optional_parameter_may_be_missing(running: Running) -> None:
    headers = {"x-functions-key": running.host.state.keys.function}
    async with running.session.get(running.url("/v1/echo/one/"), headers=headers) as response:
        assert (await response.json())["route"] == {"first": "one"}


async def test_a_catch_all_takes_the_rest(running: Running) -> None:
    for path, told in (("a/b/c.txt", "a/b/c.txt"), ("a%0d%0ab%10", "a\r\nb\x10")):
        url = URL(running.url(f"/v1/files/{path}"), encoded=True)
        async with running.session.get(url) as response:
            assert await response.text() == told


async def test_the_response_is_the_functions_own(running: Running) -> None:
    async with running.session.get(running.url("/v1/made")) as response:
        assert (response.status, await response.read()) == (201, b"\x00\xff")
        assert response.content_type == "application/x-made"
        assert response.headers["X-Made"] == "yes"
        assert response.headers.getall("Set-Cookie") == ["a=1; path=/; httponly", "b=2"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/none"),
        ("GET", "/echo/one"),
        ("GET", "/v2/echo/one"),
        ("PUT", "/v1/echo/one"),
        ("HEAD", "/v1/echo/one"),
        ("GET", "/v1/echo"),
        ("GET", "/runtime/webhooks"),
    ],
)
async def test_an_unknown_route_or_method_is_a_404_whatever_the_key(
    running: Running, method: str, path: str
) -> None:
    async with running.session.request(method, running.url(path)) as response:
        assert (response.status, await response.read()) == (404, b"")


@pytest.mark.parametrize("key", [None, "", "wrong", "eventgrid"])
async def test_without_its_key_a_function_is_a_401_without_a_body(
    running: Running, key: str | None
) -> None:
    shown = running.host.state.keys.eventgrid if key == "eventgrid" else key
    headers = {} if shown is None else {"x-functions-key": shown}
    async with running.session.get(running.url("/v1/echo/one"), headers=headers) as response:
        assert (response.status, await response.read()) == (401, b"")


async def test_the_header_counts_before_the_query(running: Running) -> None:
    url = running.url(f"/v1/echo/one?code={running.host.state.keys.function}")
    async with running.session.get(url, headers={"x-functions-key": "wrong"}) as response:
        assert response.status == 401


async def test_only_the_master_key_opens_an_admin_function(running: Running) -> None:
    keys = running.host.state.keys
    async with running.session.get(running.url(f"/v1/guarded?code={keys.function}")) as response:
        assert response.status == 401
    async with running.session.get(running.url(f"/v1/guarded?code={keys.master}")) as response:
        assert await response.text() == "in"


async def test_a_failure_is_a_500_that_tells_the_caller_nothing(running: Running) -> None:
    async with running.session.get(running.url("/v1/fail")) as response:
        assert (response.status, await response.read()) == (500, b"")
    assert "[fail] failed in" in running.log()
    assert "ValueError: a secret of the app" in running.log()


async def test_a_header_that_breaks_out_of_its_line_is_not_sent(running: Running) -> None:
    async with running.session.get(running.url("/v1/broken")) as response:
        assert response.status == 500
        assert "Set-Cookie" not in response.headers


async def test_https_answers_with_a_certificate_of_the_authority(running: Running) -> None:
    state = running.host.state
    trusted = ssl.create_default_context(cafile=state.ca)
    url = f"{state.https}/v1/echo/one?code={state.keys.function}"
    async with running.session.get(url, ssl=trusted) as response:
        assert (await response.json())["url"].startswith("https://127.0.0.1:")
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await running.session.get(url)


async def test_asynchronous_functions_run_side_by_side(running: Running) -> None:
    first = asyncio.create_task(text(running, "/v1/meet"))
    await asyncio.sleep(0.05)
    assert await text(running, "/v1/meet?late=1") == "met"
    assert await first == "met"


async def test_synchronous_functions_run_in_threads(running: Running) -> None:
    met = await asyncio.gather(text(running, "/v1/meet-threads"), text(running, "/v1/meet-threads"))
    assert set(met) == {"met"}


async def test_app_settings_are_environment_variables(running: Running) -> None:
    assert await text(running, "/v1/setting/Greeting") == "hello"


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(running: Running) -> None:
    key = running.host.state.keys.function
    reader, writer = await asyncio.open_connection(*address(running))
    path = f"/v1/echo/one?code={key}"
    length = 200 * 1024 * 1024
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
    writer.write(b"x" * (101 * 1024 * 1024))
    assert b" 413 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    "request_text",
    ["NONSENSE\r\n\r\n", "GET /v1/files/a HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
)
async def test_a_malformed_request_gets_an_answer_and_harms_nobody(
    running: Running, request_text: str
) -> None:
    reader, writer = await asyncio.open_connection(*address(running))
    writer.write(request_text.encode())
    assert (await reader.readline()).startswith(b"HTTP/1.")
    writer.close()
    assert await text(running, "/v1/files/still-there") == "still-there"


async def test_what_a_function_logs_carries_its_name_from_a_thread_too(running: Running) -> None:
    assert await text(running, "/v1/log") == "logged"
    assert "[log] said in a thread" in running.log()


async def test_the_host_says_how_it_is_to_who_holds_the_master_key(running: Running) -> None:
    keys = running.host.state.keys
    async with running.session.get(running.url(f"/admin/host/status?code={keys.function}")) as no:
        assert (no.status, await no.read()) == (401, b"")
    async with running.session.get(running.url(f"/admin/host/status?code={keys.master}")) as yes:
        assert (await yes.json())["state"] == "Running"


async def test_anybody_may_ask_whether_it_answers(running: Running) -> None:
    for path in ("/", "/admin/host/ping"):
        async with running.session.get(running.url(path)) as response:
            assert response.status == 200


async def text(running: Running, path: str) -> str:
    async with running.session.get(running.url(path)) as response:
        return await response.text()


def address(running: Running) -> tuple[str, int]:
    host, _, port = running.host.state.http.removeprefix("http://").partition(":")
    return host, int(port)
