"""How the command signs in: with a token, a function key, or an identity of Microsoft Entra.

An identity is whoever is signed in where it runs: the Azure command line's user, a pipeline's
service connection, a workload's or a managed identity (azure-identity, `DefaultAzureCredential`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from azure.core.exceptions import AzureError

from cli.exits import Exit, Stopped

_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the service is, and how to sign in."""

    url: str | None = None
    token: str | None = None
    key: str | None = None
    audience: str | None = None
    """The app registration for which a token is got: its client id, or its identifier URI."""

    def address(self) -> str:
        """The service's address. Stopped where none is given, or one that would give a token away
        in plain text."""
        url = self.url
        if not url:
            raise Stopped("where is the service? Give --url, or set PRATIQUE_URL", Exit.USAGE)
        where = _split(url)
        local = where.scheme == "http" and where.hostname in _LOCAL
        if not (where.scheme == "https" and where.hostname) and not local:
            raise Stopped(f"{url} is not https: nobody should sign in there", Exit.USAGE)
        return url.rstrip("/")

    def headers(self) -> Mapping[str, str]:
        """What signs a request; nothing where nothing is given."""
        if self.token:
            return {"authorization": f"Bearer {self.token}"}
        if self.audience:
            return {"authorization": f"Bearer {_token_for(self.audience)}"}
        return {"x-functions-key": self.key} if self.key else {}


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise Stopped(f"{url} is no address: {error}", Exit.USAGE) from error


def _token_for(audience: str) -> str:
    """A token of whoever is signed in here, for that audience."""
    # Loading it takes a second, which most commands need not wait.
    from azure.identity import DefaultAzureCredential

    scope = f"{audience if ':' in audience else f'api://{audience}'}/.default"
    try:
        with DefaultAzureCredential() as credential:
            return credential.get_token(scope).token
    except AzureError as error:
        raise Stopped(
            f"no identity could be signed in for {audience} (try `az login`): {error}", Exit.SERVICE
        ) from error
