"""What we show a registry: nothing, a name and password, or a token; and tokens, kept while valid.

After the token specification of the distribution project: a registry that wants a token answers
401 and names a token service; that gives out tokens for a scope, such as pulling one repository.
"""

import base64
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct

from core.errors import RegistryUnavailable
from core.registry.answers import expect, read
from core.registry.challenges import Challenge, realm_url
from core.registry.transport import Transport

MAX_TOKEN_ANSWER = 64 * 1024
"""Bytes of a token service's answer."""

MARGIN = 30.0
"""Seconds before its end from which a token is not used any more."""

_UNSTATED = 60.0
"""Seconds that a token is valid which does not say (the specification's default)."""
_LONGEST = 3600.0
"""Seconds after which a token is renewed in any case."""

_TOKEN = r"^[A-Za-z0-9._~+/=-]+\Z"  # noqa: S105 - the grammar of one (RFC 6750), not one
_Token = Annotated[str, Meta(max_length=32_768, pattern=_TOKEN)]


class Authentication(Protocol):
    """Knows what to put into the `Authorization` header of requests for a scope."""

    async def authorization(self, transport: Transport, scope: str) -> str | None:
        """What to send without being asked; None where that is not known, or nothing."""
        ...

    async def answer(
        self, transport: Transport, challenges: Sequence[Challenge], scope: str
    ) -> str | None:
        """What to send after a 401; None where there is nothing more to show."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token."""

    value: str
    """The token: a secret."""
    lifetime: float
    """Seconds that it is valid from when it was given out."""


class TokenCache:
    """Tokens by their scope, for as long as they are valid."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens: dict[str, tuple[str, float]] = {}

    def get(self, scope: str) -> str | None:
        """The token of a scope, unless it is missing or about to end."""
        value, end = self._tokens.get(scope, ("", 0.0))
        return value if value and self._clock() < end else None

    def put(self, scope: str, token: Token) -> None:
        """Keep a token, and let go of those that have ended."""
        now = self._clock()
        self._tokens = {key: kept for key, kept in self._tokens.items() if now < kept[1]}
        self._tokens[scope] = token.value, now + min(token.lifetime, _LONGEST) - MARGIN

    def drop(self, scope: str) -> None:
        """Forget a token that was refused."""
        self._tokens.pop(scope, None)


class BearerToken:
    """A token that somebody else obtained: all that a sandbox is given."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    async def authorization(self, transport: Transport, scope: str) -> str | None:
        """The token, whatever the scope: it says itself what it is good for."""
        return self._header

    async def answer(
        self, transport: Transport, challenges: Sequence[Challenge], scope: str
    ) -> str | None:
        """Nothing: a token that is refused once is refused."""
        return None


class ByChallenge:
    """Waits to be asked, then shows a name and password if it has them, and nothing if not."""

    def __init__(self, username: str | None = None, password: str = "") -> None:
        self._basic: str | None = None
        if username is not None:
            login = base64.b64encode(f"{username}:{password}".encode()).decode()
            self._basic = f"Basic {login}"
        self._wants_basic = False
        self._tokens = TokenCache()

    async def authorization(self, transport: Transport, scope: str) -> str | None:
        """What an earlier answer has shown to work."""
        if self._wants_basic:
            return self._basic
        token = self._tokens.get(scope)
        return None if token is None else f"Bearer {token}"

    async def answer(
        self, transport: Transport, challenges: Sequence[Challenge], scope: str
    ) -> str | None:
        """A token for the scope where the registry takes one, else the name and password."""
        for challenge in challenges:
            if challenge.scheme == "bearer":
                token = await self._fetch(transport, challenge, scope)
                self._tokens.put(scope, token)
                return f"Bearer {token.value}"
        self._wants_basic = any(challenge.scheme == "basic" for challenge in challenges)
        return self._basic if self._wants_basic else None

    async def _fetch(self, transport: Transport, challenge: Challenge, scope: str) -> Token:
        realm = realm_url(challenge, transport.endpoint, credentials=self._basic is not None)
        asked = {"scope": scope} | ({"service": challenge.service} if challenge.service else {})
        what = f"token for {scope} of {transport.endpoint.login_server}"
        async with transport.get(realm.extend_query(asked), {}, self._basic) as response:
            expect(response, what)
            return parse_token(await read(response, MAX_TOKEN_ANSWER, what), what)


class _Answer(Struct, frozen=True, kw_only=True):
    """What a token service gives; either name of the token is right."""

    token: _Token | None = None
    access_token: _Token | None = None
    refresh_token: _Token | None = None
    expires_in: Annotated[float, Meta(gt=0)] | None = None


class _Claims(Struct, frozen=True, kw_only=True):
    iat: float
    exp: float


def parse_token(body: bytes, what: str, *, refresh: bool = False) -> Token:
    """Read a token service's answer; raises RegistryUnavailable where it is none."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (ValueError, RecursionError) as error:
        raise RegistryUnavailable(f"The answer is no {what}.") from error
    value = answer.refresh_token if refresh else answer.token or answer.access_token
    if value is None:
        raise RegistryUnavailable(f"The answer holds no {what}.")
    return Token(value=value, lifetime=answer.expires_in or _stated_lifetime(value))


def _stated_lifetime(token: str) -> float:
    """Seconds between a JWT's own `iat` and `exp`; Azure's registries say it nowhere else.

    The signature is not checked: a lie costs a 401 and a new token.
    """
    payload = re.fullmatch(r"[\w-]+\.([\w-]+)\.[\w-]*", token)
    try:
        padded = f"{payload[1]}===" if payload else ""
        claims = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Claims)
    except (ValueError, RecursionError):
        return _UNSTATED
    return max(0.0, claims.exp - claims.iat)
