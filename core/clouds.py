"""The clouds that Azure consists of, each with endpoints of its own.

One setting says which it is, and every address that the app makes up by itself comes from here, so
that nothing in a sovereign cloud ever asks a host of the public one. Three words look like such
hosts and are none: the audiences of storage (`https://storage.azure.com`), of registries
(`https://containerregistry.azure.net`) and of topics (`https://eventgrid.azure.net`) are what those
services are called in tokens; Azure's own libraries say so of every cloud.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from azure.identity import AzureAuthorityHosts

from core.errors import ConfigurationError
from core.storage.endpoints import Endpoints

_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")


class CloudName(StrEnum):
    """What the setting may say."""

    PUBLIC = "public"
    US_GOVERNMENT = "usgovernment"
    CHINA = "china"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud's endpoints."""

    name: CloudName
    authority: str
    """Host at which Entra ID gives tokens to people and pipelines."""
    issuers: tuple[str, str]
    """Who issues tokens, of version 1 and 2; `{}` stands for the tenant's id."""
    resource_manager: str
    """URL of Azure Resource Manager."""
    storage: str
    """What the names of storage accounts are followed by."""
    registries: str
    """What the names of registries are followed by."""
    event_grid: str
    """What the names of Event Grid topics are followed by."""
    log_analytics: str
    """URL at which Log Analytics is asked."""

    @property
    def registry_domains(self) -> tuple[str, ...]:
        """What login servers end in that the app's identity may be shown to."""
        return (f".{self.registries}",)

    @property
    def resource_manager_scope(self) -> str:
        """What to ask Entra ID for, to talk to Azure Resource Manager."""
        return f"{self.resource_manager}/.default"

    def storage_endpoints(self, account: str) -> Endpoints:
        """Where that storage account is. ConfigurationError when it is no account's name."""
        if not _ACCOUNT.fullmatch(account):
            raise ConfigurationError(f"{account!r} is no name of a storage account")
        return Endpoints(
            account=account,
            blob=f"https://{account}.blob.{self.storage}",
            queue=f"https://{account}.queue.{self.storage}",
            table=f"https://{account}.table.{self.storage}",
        )


CLOUDS: Mapping[CloudName, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name=CloudName.PUBLIC,
            authority=AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
            issuers=("https://sts.windows.net/{}/", "https://login.microsoftonline.com/{}/v2.0"),
            resource_manager="https://management.azure.com",
            storage="core.windows.net",
            registries="azurecr.io",
            event_grid="eventgrid.azure.net",
            log_analytics="https://api.loganalytics.io",
        ),
        Cloud(
            name=CloudName.US_GOVERNMENT,
            authority=AzureAuthorityHosts.AZURE_GOVERNMENT,
            issuers=("https://sts.windows.net/{}/", "https://login.microsoftonline.us/{}/v2.0"),
            resource_manager="https://management.usgovcloudapi.net",
            storage="core.usgovcloudapi.net",
            registries="azurecr.us",
            event_grid="eventgrid.azure.us",
            log_analytics="https://api.loganalytics.us",
        ),
        Cloud(
            name=CloudName.CHINA,
            authority=AzureAuthorityHosts.AZURE_CHINA,
            issuers=(
                "https://sts.chinacloudapi.cn/{}/",
                "https://login.partner.microsoftonline.cn/{}/v2.0",
            ),
            resource_manager="https://management.chinacloudapi.cn",
            storage="core.chinacloudapi.cn",
            registries="azurecr.cn",
            event_grid="eventgrid.azure.cn",
            log_analytics="https://api.loganalytics.azure.cn",
        ),
    )
}


def cloud_named(text: str) -> Cloud:
    """The cloud of that name. ConfigurationError when there is none."""
    try:
        return CLOUDS[CloudName(text)]
    except ValueError as error:
        known = ", ".join(CloudName)
        raise ConfigurationError(f"PRATIQUE_CLOUD must be one of {known}, not {text!r}") from error
