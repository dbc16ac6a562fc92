"""A connection string names an account, or is refused with the name of what it lacks.

A request that is lost is soon made again.
"""

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from core.errors import ConfigurationError
from core.storage.account import open_account
from dev.stack.azurite import Azurite


@pytest.mark.parametrize(
    ("connection_string", "missing"),
    [
        ("", "AccountName"),
        ("not a connection string", "AccountName"),
        ("UseDevelopmentStorage=false", "AccountName"),
        ("AccountName=a;EndpointSuffix=core.windows.net", "AccountKey"),
        ("AccountName=a;AccountKey=not base64!", "base64"),
    ],
)
async def test_an_incomplete_connection_string_is_a_configuration_error(
    connection_string: str, missing: str
) -> None:
    with pytest.raises(ConfigurationError, match=missing):
        async with open_account(connection_string):
            pass


class Reached(Exception):
    """Where the first request went."""


class Signpost(AioHttpTransport):  # type: ignore[misc] # the SDK imports it without its type
    """Says where a request would go."""

    async def send(self, request: HttpRequest, **options: object) -> AsyncHttpResponse:
        raise Reached(request.url)


@pytest.mark.parametrize("shorthand", ["UseDevelopmentStorage=true", "usedevelopmentstorage=True;"])
async def test_the_shorthand_is_the_emulator_at_its_usual_ports(shorthand: str) -> None:
    with pytest.raises(Reached, match=r"http://127\.0\.0\.1:10000/devstoreaccount1/artifacts"):
        async with open_account(shorthand, transport=Signpost):
            pass


class Hiccup(AioHttpTransport):  # type: ignore[misc] # the SDK imports it without its type
    """Loses the first request, as when a server closes an idle connection."""

    _lost = False

    async def send(self, request: HttpRequest, **options: object) -> AsyncHttpResponse:
        if not self._lost:
            self._lost = True
            raise ServiceResponseError("Server disconnected")
        answer: AsyncHttpResponse = await super().send(request, **options)
        return answer


@pytest.mark.azurite
@pytest.mark.timeout(25)  # the clients' own pauses, 15 seconds and more each, are for batch work
async def test_what_a_closed_connection_has_lost_is_soon_sent_again(azurite: Azurite) -> None:
    async with open_account(azurite.connection_string, transport=Hiccup) as account:
        await account.queues.create("hiccups")
        assert await account.artifacts.get(await account.artifacts.put(b"hello")) == b"hello"


@pytest.mark.azurite
async def test_a_proxy_of_the_surroundings_is_not_asked(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with open_account(azurite.connection_string) as account:
        assert await account.artifacts.get(await account.artifacts.put(b"hello")) == b"hello"
