"""Where the services of a storage account are, when an identity opens it and not a key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """One account's addresses. An access token goes there, so they are HTTPS."""

    account: str
    blob: str
    queue: str
    table: str
