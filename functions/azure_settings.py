"""The settings that matter in Azure: which cloud, which identity, where sandboxes are made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.clouds import Cloud, CloudName, cloud_named
from core.errors import ConfigurationError
from core.sandbox.container_groups import Place
from core.sandbox.creations import PER_HOUR
from core.storage.endpoints import Endpoints

_STORAGE = "AzureWebJobsStorage"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUP = re.compile(r"/subscriptions/([0-9a-fA-F-]{36})/resourceGroups/([-\w.()]{1,90})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the app is to Azure."""

    managed: bool
    """AzureWebJobsStorage__credential is `managedidentity`; else whoever is signed in here."""
    client_id: str | None
    """AzureWebJobsStorage__clientId: which of the app's identities, where it has several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentSettings:
    """What enrolment asks of Azure Resource Manager."""

    subscriptions: tuple[str, ...]
    """PRATIQUE_SUBSCRIPTIONS: ids, with commas between. Empty: PRATIQUE_REGISTRIES lists all."""
    event_function: str | None
    """PRATIQUE_EVENT_FUNCTION: resource id of the function that takes events; without it, event
    subscriptions are not made."""
    workspace: str | None
    """PRATIQUE_DIAGNOSTICS_WORKSPACE: resource id of the Log Analytics workspace that registries
    log to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureSettings:
    """What the app is told about Azure; nothing of it is needed on a laptop."""

    cloud: Cloud
    """PRATIQUE_CLOUD: `public` (the default), `usgovernment` or `china`."""
    identity: Identity | None
    """None where storage has a connection string: then nobody signs in to anything."""
    enrolment: EnrolmentSettings
    """Which subscriptions are looked after, and where their events and logs go."""
    sandboxes: Place | None
    """Where container groups are made; None where PRATIQUE_SANDBOX is `local` (the default)."""
    log_workspace: str
    """PRATIQUE_LOG_WORKSPACE: id of the Log Analytics workspace that tells of pulls, if any."""


def read_azure_settings(given: Mapping[str, str]) -> AzureSettings:
    """Those settings in a mapping, usually the environment."""
    named = given.get(f"{_STORAGE}__accountName") or given.get(f"{_STORAGE}__blobServiceUri")
    by_identity = not given.get(_STORAGE) and named
    return AzureSettings(
        cloud=cloud_named(given.get("PRATIQUE_CLOUD", CloudName.PUBLIC)),
        identity=_identity(given) if by_identity else None,
        enrolment=_enrolment(given),
        sandboxes=_sandboxes(given, signed_in=bool(by_identity)),
        log_workspace=_workspace(given, signed_in=bool(by_identity)),
    )


def read_storage(given: Mapping[str, str], cloud: Cloud) -> str | Endpoints:
    """A connection string, or else the account that the identity opens. The Functions host has the
    same order: a connection string hides an account's name. It also wants addresses rather than a
    name where the cloud is not the public one, so those will do here too."""
    connection_string = given.get(_STORAGE)
    if connection_string:
        return connection_string
    address = given.get(f"{_STORAGE}__blobServiceUri", "")
    account = given.get(f"{_STORAGE}__accountName") or _account_at(address)
    if not account:
        raise ConfigurationError(
            f"the setting {_STORAGE} is missing, and {_STORAGE}__blobServiceUri too"
        )
    endpoints = cloud.storage_endpoints(account)
    if address and address.rstrip("/") != endpoints.blob:
        raise ConfigurationError(
            f"{_STORAGE}__blobServiceUri is {address}, and in the cloud {cloud.name} it would be "
            f"{endpoints.blob}: is PRATIQUE_CLOUD right?"
        )
    return endpoints


def _account_at(address: str) -> str:
    return address.removeprefix("https://").partition(".")[0]


def _identity(given: Mapping[str, str]) -> Identity:
    kind = given.get(f"{_STORAGE}__credential", "")
    if kind not in ("", "managedidentity"):
        raise ConfigurationError(f"{_STORAGE}__credential must be managedidentity or left out")
    return Identity(
        managed=kind == "managedidentity", client_id=given.get(f"{_STORAGE}__clientId") or None
    )


def _enrolment(given: Mapping[str, str]) -> EnrolmentSettings:
    names = [one.strip().lower() for one in given.get("PRATIQUE_SUBSCRIPTIONS", "").split(",")]
    subscriptions = tuple(dict.fromkeys(name for name in names if name))
    if not all(_GUID.fullmatch(name) for name in subscriptions):
        raise ConfigurationError(
            "PRATIQUE_SUBSCRIPTIONS must be ids of subscriptions with commas between"
        )
    return EnrolmentSettings(
        subscriptions=subscriptions,
        event_function=given.get("PRATIQUE_EVENT_FUNCTION") or None,
        workspace=given.get("PRATIQUE_DIAGNOSTICS_WORKSPACE") or None,
    )


def _sandboxes(given: Mapping[str, str], *, signed_in: bool) -> Place | None:
    kind = given.get("PRATIQUE_SANDBOX", "local")
    if kind == "local":
        return None
    if kind != "container-instances":
        raise ConfigurationError("PRATIQUE_SANDBOX must be local or container-instances")
    if not signed_in:
        raise ConfigurationError(
            "PRATIQUE_SANDBOX=container-instances needs an identity: set "
            f"{_STORAGE}__blobServiceUri, and no {_STORAGE}"
        )
    group = _GROUP.fullmatch(_needed(given, "PRATIQUE_SANDBOX_GROUP"))
    if group is None:
        raise ConfigurationError("PRATIQUE_SANDBOX_GROUP must be a resource group's resource id")
    return Place(
        subscription=group[1],
        resource_group=group[2],
        location=_needed(given, "PRATIQUE_SANDBOX_LOCATION"),
        image=_needed(given, "PRATIQUE_SANDBOX_IMAGE"),
        identity=_needed(given, "PRATIQUE_SANDBOX_IDENTITY"),
        subnet=given.get("PRATIQUE_SANDBOX_SUBNET") or None,
        creations_per_hour=_creations(given.get("PRATIQUE_CREATIONS_PER_HOUR", str(PER_HOUR))),
    )


def _workspace(given: Mapping[str, str], *, signed_in: bool) -> str:
    workspace = given.get("PRATIQUE_LOG_WORKSPACE", "")
    if workspace and not _GUID.fullmatch(workspace):
        raise ConfigurationError("PRATIQUE_LOG_WORKSPACE must be a workspace's id, a GUID")
    if workspace and not signed_in:
        raise ConfigurationError(
            f"PRATIQUE_LOG_WORKSPACE needs an identity: set {_STORAGE}__accountName"
        )
    return workspace


def _creations(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{1,5}", text, re.ASCII):
        raise ConfigurationError("PRATIQUE_CREATIONS_PER_HOUR must be a number from 10 to 999999")
    return int(text)


def _needed(given: Mapping[str, str], name: str) -> str:
    value = given.get(name)
    if not value:
        raise ConfigurationError(f"PRATIQUE_SANDBOX=container-instances needs {name}")
    return value
