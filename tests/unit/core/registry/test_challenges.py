"""Challenges are read as the grammar has them, and what they ask for is looked at first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError, UntrustedContent
from core.registry.challenges import Challenge, parse_challenges, realm_url
from core.registry.interface import Endpoint

AZURE = Endpoint(login_server="demo.azurecr.io")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ['Bearer realm="https://a/t",service="a",scope="repository:x:pull,push"'],
            [Challenge(scheme="bearer", realm="https://a/t", service="a")],
        ),
        (
            ['bearer Realm = "https://a/t" , service=b'],
            [Challenge(scheme="bearer", realm="https://a/t", service="b")],
        ),
        (
            ['Basic realm="a, Bearer realm=b", Bearer realm="c",service="d"'],
            [
                Challenge(scheme="basic", realm="a, Bearer realm=b"),
                Challenge(scheme="bearer", realm="c", service="d"),
            ],
        ),
        (
            ['Basic realm="x"', 'Bearer realm="y \\"z\\""'],
            [Challenge(scheme="basic", realm="x"), Challenge(scheme="bearer", realm='y "z"')],
        ),
        (['Bearer realm="a",realm="b"'], [Challenge(scheme="bearer", realm="a")]),
        (["Negotiate"], []),
        (['realm="a"'], []),
        (['Bearer realm="a'], [Challenge(scheme="bearer", realm="")]),
        ([""], []),
        ([], []),
    ],
)
def test_challenges_are_read(headers: list[str], expected: list[Challenge]) -> None:
    assert parse_challenges(headers) == expected


@given(st.lists(st.text(max_size=300), max_size=3))
def test_no_header_makes_the_reader_stumble(headers: list[str]) -> None:
    assert all(isinstance(found, Challenge) for found in parse_challenges(headers))


def test_a_long_header_is_read_in_time_that_grows_with_its_length() -> None:
    for hostile in ("Bearer " * 20_000, 'Bearer a="' + "\\" * 200_000, "a=" * 100_000):
        parse_challenges([hostile])


def bearer(realm: str) -> Challenge:
    return Challenge(scheme="bearer", realm=realm)


def test_credentials_go_to_the_registry_itself() -> None:
    url = realm_url(bearer("https://demo.azurecr.io/oauth2/token"), AZURE, credentials=True)
    assert str(url) == "https://demo.azurecr.io/oauth2/token"


@pytest.mark.parametrize(
    "realm",
    [
        "https://evil.azurecr.io/oauth2/token",  # same domain, another customer
        "https://demo.azurecr.io.evil.com/",
        "https://demo.azurecr.io:8443/",
        "http://demo.azurecr.io/oauth2/token",
        "https://user@demo.azurecr.io/",
        "https://demo.azurecr.io@evil.com/",
        "//evil.com/",
        "/oauth2/token",
        "",
        "https://[::1",
        "javascript:alert(1)",
        "https://demo.azurecr.io/\r\nHost: evil.com",
    ],
)
def test_credentials_go_nowhere_else(realm: str) -> None:
    with pytest.raises(UntrustedContent):
        realm_url(bearer(realm), AZURE, credentials=True)


def test_credentials_go_to_a_host_that_is_configured_over_https() -> None:
    hub = Endpoint(login_server="registry.example.com", realms=frozenset({"auth.example.com"}))
    realm_url(bearer("https://auth.example.com/token"), hub, credentials=True)
    with pytest.raises(UntrustedContent):
        realm_url(bearer("http://auth.example.com/token"), hub, credentials=True)


def test_a_realm_without_https_is_not_even_asked_for_an_anonymous_token() -> None:
    realm_url(bearer("https://auth.example.com/token"), AZURE, credentials=False)
    with pytest.raises(UntrustedContent, match="not to https"):
        realm_url(bearer("http://auth.example.com/token"), AZURE, credentials=False)


@pytest.mark.parametrize("server", ["demo.azurecr.io", "10.0.0.5:5000", "localhost.evil.com"])
def test_plain_http_is_for_loopback_only(server: str) -> None:
    with pytest.raises(ConfigurationError, match="not on this machine"):
        Endpoint(login_server=server, plain_http=True)


@pytest.mark.parametrize("server", ["127.0.0.1:5000", "localhost:5000", "localhost"])
def test_plain_http_is_possible_on_loopback(server: str) -> None:
    assert Endpoint(login_server=server, plain_http=True).url.scheme == "http"


@pytest.mark.parametrize("server", ["", "https://demo.azurecr.io", "demo.azurecr.io/team", "a b"])
def test_an_endpoint_has_a_login_server(server: str) -> None:
    with pytest.raises(ConfigurationError, match="no login server"):
        Endpoint(login_server=server)
