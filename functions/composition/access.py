"""Who may ask this app."""

from collections.abc import Mapping

from core.access.allowance import Allowance
from core.access.doorman import Doorman
from core.access.grants import Grants
from core.access.identities import Identity, SignIn, Unproven
from core.access.keyholders import KeyHolders
from core.access.principals import PlatformPrincipals
from core.access.published import Fetch, PublishedKeys, fetch
from core.access.tokens import BearerTokens, Trust
from functions.access_settings import AccessSettings, SignInKind


def build_doorman(settings: AccessSettings, fetching: Fetch = fetch) -> Doorman:
    """Who lets people in, by these settings; keys are fetched with that."""
    return Doorman(
        _sign_in(settings, fetching), Grants(settings.grants), Allowance(settings.per_minute)
    )


class _Nobody:
    """Knows nobody, since no setting says whom to believe."""

    async def identify(self, headers: Mapping[str, str]) -> Identity | Unproven:
        return Unproven(
            reason="nobody can sign in yet: set PRATIQUE_TENANT and PRATIQUE_AUDIENCE"
            " (docs/access.md)"
        )


def _sign_in(settings: AccessSettings, fetching: Fetch) -> SignIn:
    match settings.sign_in:
        case SignInKind.KEYS:
            return KeyHolders()
        case SignInKind.PLATFORM if settings.tenant:
            return PlatformPrincipals(settings.tenant)
        case SignInKind.TOKENS if settings.tenant and settings.audiences:
            trust = Trust(
                tenant=settings.tenant, issuers=settings.issuers, audiences=settings.audiences
            )
            return BearerTokens(trust, PublishedKeys(settings.metadata, fetching))
        case _:
            return _Nobody()
