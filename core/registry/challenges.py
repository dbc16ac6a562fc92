"""Challenges: how a registry says what it wants to see before it answers.

`WWW-Authenticate: Bearer realm="https://…",service="…",scope="…"`, as RFC 9110 (11.6.1) and the
distribution project's token specification have it. A realm is text from outside that says where to
take our credentials, so it is looked at before anything is sent there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from yarl import URL

from core.errors import UntrustedContent
from core.registry.interface import Endpoint
from core.registry.transport import check_url

_PART = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9-]*)\s+(?=[A-Za-z]+\s*=)"
    r'|(?P<name>[A-Za-z]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s",]+))'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One scheme that the registry accepts."""

    scheme: str
    """`bearer`, `basic`, or another; in lower case."""
    realm: str = ""
    """Bearer: the URL of the token service."""
    service: str = ""
    """Bearer: the registry's name in the eyes of the token service."""


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Read `WWW-Authenticate` headers; each may hold several challenges. Noise is passed over.

    The scope that a challenge asks for is not read: we ask for what we need, not for what we are
    told to.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for header in headers:
        for part in _PART.finditer(header):
            if part["scheme"] is not None:
                found.append((part["scheme"].lower(), {}))
            elif found:
                quoted = part["quoted"]
                value = part["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                found[-1][1].setdefault(part["name"].lower(), value)
    return [
        Challenge(scheme=scheme, realm=given.get("realm", ""), service=given.get("service", ""))
        for scheme, given in found
    ]


def realm_url(challenge: Challenge, endpoint: Endpoint, *, credentials: bool) -> URL:
    """The token service's URL; raises UntrustedContent where it must not be asked.

    It must be HTTPS (or, for a registry on loopback that has none, HTTP). Credentials go to the
    registry's own host and to the hosts that its configuration lists, and to no other: "the same
    domain" would need a list of public suffixes, and azurecr.io is shared by strangers anyway.
    """
    try:
        url = URL(challenge.realm, encoded=True)
        check_url(url, endpoint)
    except ValueError as error:
        raise UntrustedContent(f"{endpoint.login_server} asks for a token, but {error}") from error
    if credentials and not endpoint.serves(url) and url.host not in endpoint.realms:
        raise UntrustedContent(
            f"{endpoint.login_server} wants its credentials sent to {url.host}. If that is right,"
            f" list {url.host} as one of its realms."
        )
    return url
