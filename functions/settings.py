"""The settings, read from a mapping once; a ConfigurationError names what is missing or wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
from yarl import URL

from core.accounts import read_storage
from core.clouds import CLOUDS, Cloud
from core.domain.registries import Registered
from core.domain.schedule import Policies, Policy, PolicyFor
from core.enrolment.interface import FoundRegistry
from core.errors import ConfigurationError, InvalidReference
from core.feeds.sources import Sources, read_sources
from core.query.prices import Price
from core.reconcile.sweeper import Pace
from core.registry.interface import Endpoint
from core.registry.references import parse_resource
from core.sandbox.interface import CatalogerName
from core.storage.endpoints import Endpoints
from functions.azure_settings import AzureSettings, read_azure_settings

_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_TOPIC = re.compile(r"(https://[A-Za-z0-9.-]+(:\d{1,5})?|http://127\.0\.0\.1:\d{1,5})/[\w./-]*")
_NUMBER = re.compile(r"[0-9]{1,9}")


class _Registry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of PRATIQUE_REGISTRIES."""

    login_server: Annotated[str, msgspec.Meta(min_length=1)] = msgspec.field(name="loginServer")
    resource_id: str = msgspec.field(name="resourceId")
    plain_http: bool = msgspec.field(name="plainHttp", default=False)


type _Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
type _Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class _Rescans(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of PRATIQUE_RESCANS."""

    registry: _Pattern = "*"
    repository: _Pattern = "*"
    window_days: _Days = msgspec.field(name="windowDays", default=30)
    cadence_days: _Days = msgspec.field(name="cadenceDays", default=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the app is told about where it runs."""

    storage: str | Endpoints = field(repr=False)
    """AzureWebJobsStorage: the storage account's connection string; or, where an identity opens
    the account, AzureWebJobsStorage__accountName: its name."""
    azure: AzureSettings
    """What is said of Azure (`functions/azure_settings.py`)."""
    registries: tuple[FoundRegistry, ...]
    """PRATIQUE_REGISTRIES: a JSON array of {loginServer, resourceId, plainHttp}."""
    reconciling: Pace
    """PRATIQUE_RECONCILE_HOURS: how often every registry is swept; and PRATIQUE_WINDOW_DAYS: what
    was tagged or pulled within it is scanned when it is found."""
    price: Price
    """PRATIQUE_PRICE_PER_IMAGE and PRATIQUE_CURRENCY: what the ledger charges for a digest."""
    cataloger: CatalogerName
    """PRATIQUE_CATALOGER: `trivy` (the default) or `syft`."""
    cataloger_version: str
    """PRATIQUE_CATALOGER_VERSION: inventories of another version are taken anew; empty for any."""
    rescans: Policies
    """PRATIQUE_RESCANS: a JSON array of {registry, repository, windowDays, cadenceDays}."""
    activity_feed: str
    """PRATIQUE_ACTIVITY_FEED: URL that tells of pulls where there is no workspace, if any."""
    own_identities: frozenset[str]
    """PRATIQUE_OWN_IDENTITIES: object ids, apart by commas, by which our own sandboxes pull."""
    slots: int
    """PRATIQUE_SLOTS: sandboxes that may run at a time."""
    reserved_slots: int
    """PRATIQUE_RESERVED_SLOTS: how many of them serve nothing but pushes."""
    sandbox_folder: Path
    """PRATIQUE_SANDBOX_FOLDER: where local sandboxes have their rooms."""
    sandbox_seconds: int
    """PRATIQUE_SANDBOX_SECONDS: how long an attempt may take."""
    sources: Sources
    """PRATIQUE_OSV_URL and others: where advisories come from."""
    topic: str
    """PRATIQUE_TOPIC_ENDPOINT: the Event Grid topic that is told of changes; empty for none."""
    topic_key: str = field(repr=False)
    """PRATIQUE_TOPIC_KEY: its access key; empty to sign in with the app's identity."""
    insights: str = field(repr=False)
    """APPLICATIONINSIGHTS_CONNECTION_STRING: where metrics go; empty for nowhere."""


def read_settings(given: Mapping[str, str]) -> Settings:
    """The settings in that mapping, usually the environment."""
    slots = _number(given, "PRATIQUE_SLOTS", 8, most=190)
    reserved = _number(given, "PRATIQUE_RESERVED_SLOTS", min(2, slots - 1), least=0, most=slots - 1)
    azure = read_azure_settings(given)
    return Settings(
        storage=read_storage(given, azure.cloud),
        azure=azure,
        registries=_registries(given.get("PRATIQUE_REGISTRIES", "[]")),
        reconciling=Pace(
            window=timedelta(days=_number(given, "PRATIQUE_WINDOW_DAYS", 30, most=3650)),
            every=timedelta(hours=_number(given, "PRATIQUE_RECONCILE_HOURS", 24, most=8760)),
        ),
        price=_price(given),
        cataloger=_cataloger(given.get("PRATIQUE_CATALOGER", CatalogerName.TRIVY)),
        cataloger_version=given.get("PRATIQUE_CATALOGER_VERSION", ""),
        rescans=_rescans(given.get("PRATIQUE_RESCANS", "[]")),
        activity_feed=given.get("PRATIQUE_ACTIVITY_FEED", ""),
        own_identities=_words(given.get("PRATIQUE_OWN_IDENTITIES", "")),
        slots=slots,
        reserved_slots=reserved,
        sandbox_folder=Path(_text(given, "PRATIQUE_SANDBOX_FOLDER", ".run/sandboxes")),
        sandbox_seconds=_number(given, "PRATIQUE_SANDBOX_SECONDS", 900, most=3600),
        sources=read_sources(given),
        topic=_topic(given, azure.cloud),
        topic_key=given.get("PRATIQUE_TOPIC_KEY", ""),
        insights=given.get("APPLICATIONINSIGHTS_CONNECTION_STRING", ""),
    )


def _text(given: Mapping[str, str], name: str, usual: str | None) -> str:
    value = given.get(name, usual)
    if not value:
        raise ConfigurationError(f"the setting {name} is missing")
    return value


def _number(given: Mapping[str, str], name: str, usual: int, *, least: int = 1, most: int) -> int:
    text = given.get(name, str(usual))
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise ConfigurationError(f"{name} must be a number from {least} to {most}, not {text!r}")
    return int(text)


def _topic(given: Mapping[str, str], cloud: Cloud) -> str:
    text = given.get("PRATIQUE_TOPIC_ENDPOINT", "")
    if text and not _TOPIC.fullmatch(text):
        raise ConfigurationError(
            "PRATIQUE_TOPIC_ENDPOINT must be a topic's endpoint, https://….eventgrid.azure.net/api/"
            f"events, not {text[:200]!r}; plain http is for this machine alone"
        )
    host = URL(text).host or ""
    if any(host.endswith(one.event_grid) for one in CLOUDS.values() if one is not cloud):
        raise ConfigurationError(
            f"PRATIQUE_TOPIC_ENDPOINT is at {host}, and topics of the cloud {cloud.name} are at"
            f" {cloud.event_grid}: is PRATIQUE_CLOUD right?"
        )
    if text.startswith("http:") and not given.get("PRATIQUE_TOPIC_KEY"):
        raise ConfigurationError("PRATIQUE_TOPIC_KEY is missing: no token goes over plain http")
    return text


def _cataloger(text: str) -> CatalogerName:
    try:
        return CatalogerName(text)
    except ValueError as error:
        known = ", ".join(CatalogerName)
        raise ConfigurationError(f"PRATIQUE_CATALOGER must be one of {known}") from error


def _rescans(text: str) -> Policies:
    try:
        entries = msgspec.json.decode(text, type=list[_Rescans])
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"PRATIQUE_RESCANS: {error}") from error
    return Policies(
        rules=tuple(
            PolicyFor(
                registry=one.registry,
                repository=one.repository,
                policy=Policy(
                    window=timedelta(days=one.window_days), cadence=timedelta(days=one.cadence_days)
                ),
            )
            for one in entries
        )
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(word for part in text.split(",") if (word := part.strip()))


def _registries(text: str) -> tuple[FoundRegistry, ...]:
    try:
        entries = msgspec.json.decode(text, type=list[_Registry])
        found = tuple(
            FoundRegistry(resource=parse_resource(one.resource_id), registered=_registered(one))
            for one in entries
        )
    except (ValueError, InvalidReference, ConfigurationError) as error:
        raise ConfigurationError(f"PRATIQUE_REGISTRIES: {error}") from error
    servers = {one.registered.login_server for one in found}
    if not len(servers) == len({one.resource for one in found}) == len(found):
        raise ConfigurationError("PRATIQUE_REGISTRIES names one registry twice")
    return found


def _registered(entry: _Registry) -> Registered:
    """The registry as it would be found; a ConfigurationError when nobody could connect to it."""
    endpoint = Endpoint(login_server=entry.login_server, plain_http=entry.plain_http)
    return Registered(login_server=endpoint.login_server, plain_http=endpoint.plain_http)


def _price(given: Mapping[str, str]) -> Price:
    text = given.get("PRATIQUE_PRICE_PER_IMAGE", "0.01")
    currency = given.get("PRATIQUE_CURRENCY", "USD")
    if not _PRICE.fullmatch(text):
        raise ConfigurationError(
            f"PRATIQUE_PRICE_PER_IMAGE must be an amount such as 0.01, not {text[:40]!r}"
        )
    if not _CURRENCY.fullmatch(currency):
        raise ConfigurationError(
            f"PRATIQUE_CURRENCY must be a code such as USD, not {currency[:40]!r}"
        )
    return Price(amount=Decimal(text), currency=currency)
