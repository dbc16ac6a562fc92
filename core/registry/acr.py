"""Signing in to an Azure Container Registry with an identity of Microsoft Entra ID.

Two exchanges at the registry itself, as its documentation of Entra integration has them: a token of
the identity becomes the registry's refresh token (`POST /oauth2/exchange`, good for about three
hours and everything that the identity may do), and that becomes an access token for one scope
(`POST /oauth2/token`, good for about an hour). Neither host nor scope is taken from a challenge.
"""

from collections.abc import Sequence

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError

from core.errors import AccessDenied, RegistryUnavailable
from core.registry.answers import expect, read
from core.registry.authentication import MAX_TOKEN_ANSWER, Token, TokenCache, parse_token
from core.registry.challenges import Challenge
from core.registry.transport import Transport

ACR_SCOPE = "https://containerregistry.azure.net/.default"
"""What to ask Entra ID for. The same in every cloud, says Azure's own client library; registries
that still trust tokens of Azure Resource Manager take `https://management.azure.com/.default`, or
the like of it in a sovereign cloud."""

ACR_DOMAINS = (".azurecr.io", ".azurecr.us", ".azurecr.cn")
"""Where such registries live: in Azure, its government's cloud, and the one in China."""

_REFRESH = "refresh"


class AcrIdentity:
    """Shows a registry the tokens that it gives for an identity; one instance for one registry."""

    def __init__(
        self,
        credential: AsyncTokenCredential,
        entra_scope: str = ACR_SCOPE,
        domains: tuple[str, ...] = ACR_DOMAINS,
    ) -> None:
        """Another cloud has another scope or other domains; the rest of it is the same."""
        self._credential = credential
        self._entra_scope = entra_scope
        self._domains = domains
        self._refresh = TokenCache()
        self._access = TokenCache()

    async def authorization(self, transport: Transport, scope: str) -> str | None:
        """An access token for the scope, without waiting to be asked."""
        token = self._access.get(scope)
        if token is None:
            fresh = await self.access_token(transport, scope)
            self._access.put(scope, fresh)
            token = fresh.value
        return f"Bearer {token}"

    async def answer(
        self, transport: Transport, challenges: Sequence[Challenge], scope: str
    ) -> str | None:
        """A new access token, in case that the one we had was revoked."""
        self._access.drop(scope)
        return await self.authorization(transport, scope)

    async def access_token(self, transport: Transport, scope: str) -> Token:
        """A new access token for one scope; AccessDenied where the identity has no access."""
        refresh = self._refresh.get(_REFRESH)
        if refresh is not None:
            try:
                return await self._exchange(transport, refresh, scope)
            except AccessDenied:  # it may have been revoked, or the registry made anew
                self._refresh.drop(_REFRESH)
        fresh = await self._sign_in(transport)
        self._refresh.put(_REFRESH, fresh)
        return await self._exchange(transport, fresh.value, scope)

    async def _sign_in(self, transport: Transport) -> Token:
        """Show the identity's token, which opens every registry that it may use, to this one.

        So it is shown to Azure only. (On loopback there is nobody else to show it to.)
        """
        server = transport.endpoint.login_server
        if not server.endswith(self._domains) and not transport.endpoint.plain_http:
            raise AccessDenied(f"{server} is no Azure Container Registry: it is not signed in to.")
        form = {
            "grant_type": "access_token",
            "service": transport.endpoint.login_server,
            "access_token": await self._entra_token(),
        }
        what = f"refresh token of {transport.endpoint.login_server}"
        return await _post(transport, "oauth2/exchange", form, what)

    async def _exchange(self, transport: Transport, refresh: str, scope: str) -> Token:
        form = {
            "grant_type": "refresh_token",
            "service": transport.endpoint.login_server,
            "scope": scope,
            "refresh_token": refresh,
        }
        what = f"token for {scope} of {transport.endpoint.login_server}"
        return await _post(transport, "oauth2/token", form, what)

    async def _entra_token(self) -> str:
        try:
            return (await self._credential.get_token(self._entra_scope)).token
        except ClientAuthenticationError as error:
            raise AccessDenied(f"Entra ID gives no token for {self._entra_scope}.") from error
        except AzureError as error:
            raise RegistryUnavailable("Entra ID does not answer.") from error


async def _post(transport: Transport, path: str, form: dict[str, str], what: str) -> Token:
    async with transport.post(transport.endpoint.url / path, form) as response:
        expect(response, what)
        body = await read(response, MAX_TOKEN_ANSWER, what)
    return parse_token(body, what, refresh=path.endswith("exchange"))
