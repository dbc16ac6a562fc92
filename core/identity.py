"""Who the app is to Azure, and who somebody is that runs one of its commands."""

from collections.abc import Mapping
from dataclasses import dataclass

from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

from core.clouds import Cloud
from core.errors import ConfigurationError

STORAGE = "AzureWebJobsStorage"
"""What all settings about the app's storage account begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signs in."""

    managed: bool
    """AzureWebJobsStorage__credential is `managedidentity`; else whoever is signed in here."""
    client_id: str | None
    """AzureWebJobsStorage__clientId: which of the app's identities, where it has several."""


WHOEVER_IS_HERE = Identity(managed=False, client_id=None)
"""A person after `az login`, a pipeline, a machine with an identity of its own."""


def read_identity(given: Mapping[str, str]) -> Identity:
    """The identity in that mapping, usually the environment."""
    kind = given.get(f"{STORAGE}__credential", "")
    if kind not in ("", "managedidentity"):
        raise ConfigurationError(f"{STORAGE}__credential must be managedidentity or left out")
    return Identity(
        managed=kind == "managedidentity", client_id=given.get(f"{STORAGE}__clientId") or None
    )


def sign_in(identity: Identity, cloud: Cloud) -> ManagedIdentityCredential | DefaultAzureCredential:
    """That identity, in that cloud. To be entered as a context."""
    if identity.managed:
        return ManagedIdentityCredential(client_id=identity.client_id)
    return DefaultAzureCredential(authority=cloud.authority)
