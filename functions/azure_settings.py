"""The settings that matter in Azure: which cloud, which identity, where sandboxes are made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.accounts import read_cloud
from core.clouds import Cloud
from core.errors import ConfigurationError
from core.identity import STORAGE, Identity, read_identity
from core.sandbox.container_groups import Place
from core.sandbox.creations import PER_HOUR

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUP = re.compile(r"/subscriptions/([0-9a-fA-F-]{36})/resourceGroups/([-\w.()]{1,90})", re.ASCII)


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
    named = given.get(f"{STORAGE}__accountName") or given.get(f"{STORAGE}__blobServiceUri")
    by_identity = not given.get(STORAGE) and named
    return AzureSettings(
        cloud=read_cloud(given),
        identity=read_identity(given) if by_identity else None,
        enrolment=_enrolment(given),
        sandboxes=_sandboxes(given, signed_in=bool(by_identity)),
        log_workspace=_workspace(given, signed_in=bool(by_identity)),
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
            f"{STORAGE}__blobServiceUri, and no {STORAGE}"
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
            f"PRATIQUE_LOG_WORKSPACE needs an identity: set {STORAGE}__accountName"
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
