"""Tokens that pull one repository: all that a sandbox is given of our access to a registry."""

from ssl import SSLContext
from typing import Protocol

from azure.core.credentials_async import AsyncTokenCredential

from core.domain.values import is_repository
from core.errors import InvalidReference
from core.registry.acr import ACR_DOMAINS, ACR_SCOPE, AcrIdentity
from core.registry.interface import Endpoint
from core.registry.patience import PATIENCE, Patience
from core.registry.transport import Transport


class PullTokens(Protocol):
    """Mints tokens; raises a RegistryError where it cannot."""

    async def for_repository(self, endpoint: Endpoint, repository: str) -> str | None:
        """A token that pulls this repository and nothing else; None where none is needed."""
        ...


class NoPullTokens:
    """For registries that anybody may pull from, such as the one on a laptop."""

    async def for_repository(self, endpoint: Endpoint, repository: str) -> str | None:
        """None: pulls are anonymous."""
        return None


class AcrPullTokens:
    """For Azure Container Registries, by an identity that may pull from them.

    Every token is new, so that it lasts as long as the registry lets one last: about an hour, and
    the attempts at a scan end after a quarter of one.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        entra_scope: str = ACR_SCOPE,
        patience: Patience = PATIENCE,
        *,
        domains: tuple[str, ...] = ACR_DOMAINS,
        ssl_context: SSLContext | None = None,
    ) -> None:
        """Registries elsewhere than under these domains get to see nothing of the identity."""
        self._credential = credential
        self._entra_scope = entra_scope
        self._domains = domains
        self._patience = patience
        self._ssl = ssl_context
        self._identities: dict[Endpoint, AcrIdentity] = {}

    async def for_repository(self, endpoint: Endpoint, repository: str) -> str | None:
        """A token for `repository:…:pull`, from the registry itself."""
        if not is_repository(repository):
            raise InvalidReference(f"{repository[:255]!r} is no repository.")
        identity = self._identities.setdefault(
            endpoint, AcrIdentity(self._credential, self._entra_scope, self._domains)
        )

        async def attempt() -> str:
            async with Transport(endpoint, self._patience, ssl_context=self._ssl) as transport:
                scope = f"repository:{repository}:pull"
                return (await identity.access_token(transport, scope)).value

        return await self._patience.insist(attempt, within=self._patience.answer)
