"""The settings are read whole or not at all; what is missing or wrong is named."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.registries import Registered
from core.errors import ConfigurationError
from core.sandbox.interface import CatalogerName
from dev.host.settings import connection_string
from dev.host.settings import read_settings as read_file
from functions.settings import Settings, read_settings

RESOURCE = (
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/demo"
    "/providers/Microsoft.ContainerRegistry/registries/demo"
)
ENTRY = {"loginServer": "demo.azurecr.io", "resourceId": RESOURCE}
LEAST: Mapping[str, str] = {"AzureWebJobsStorage": "a connection string"}


def settings(**more: str) -> Settings:
    return read_settings({**LEAST, **more})


def registries(*entries: object) -> str:
    return json.dumps(entries)


def test_what_is_not_said_is_as_usual() -> None:
    usual = settings()
    assert (usual.storage, usual.cataloger) == ("a connection string", CatalogerName.TRIVY)
    assert (usual.slots, usual.reserved_slots, usual.sandbox_seconds) == (8, 2, 900)
    assert usual.sandbox_folder == Path(".run/sandboxes")
    assert usual.registries == ()
    assert (usual.price.amount, usual.price.currency) == (Decimal("0.01"), "USD")
    assert (usual.reconciling.window.days, usual.reconciling.every.days) == (30, 1)


def test_everything_can_be_said() -> None:
    said = settings(
        PRATIQUE_REGISTRIES=registries(ENTRY),
        PRATIQUE_CATALOGER="syft",
        PRATIQUE_SLOTS="1",
        PRATIQUE_RESERVED_SLOTS="0",
        PRATIQUE_SANDBOX_FOLDER="rooms",
        PRATIQUE_SANDBOX_SECONDS="60",
        PRATIQUE_PRICE_PER_IMAGE="0.290",
        PRATIQUE_CURRENCY="EUR",
        PRATIQUE_WINDOW_DAYS="7",
        PRATIQUE_RECONCILE_HOURS="1",
    )
    assert (said.cataloger, said.slots, said.reserved_slots) == (CatalogerName.SYFT, 1, 0)
    assert (said.sandbox_folder, said.sandbox_seconds) == (Path("rooms"), 60)
    (found,) = said.registries
    assert found.registered == Registered(login_server="demo.azurecr.io")
    assert found.resource.subscription == "00000000-0000-4000-8000-000000000001"
    assert (said.price.of(3), said.price.currency) == ("0.870", "EUR")
    assert (said.reconciling.window.days, said.reconciling.every.seconds) == (7, 3600)


def test_a_single_slot_is_reserved_for_nobody() -> None:
    assert settings(PRATIQUE_SLOTS="1").reserved_slots == 0


def test_the_sample_of_settings_can_be_read() -> None:
    sample = Path(__file__).parents[3] / "local.settings.sample.json"
    values = json.loads(sample.read_text())["Values"]
    assert len(read_settings(values).registries) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AzureWebJobsStorage", ""),
        ("PRATIQUE_CATALOGER", "grype"),
        ("PRATIQUE_CATALOGER", ""),
        ("PRATIQUE_SLOTS", "0"),
        ("PRATIQUE_SLOTS", "191"),
        ("PRATIQUE_SLOTS", "-1"),
        ("PRATIQUE_SLOTS", "four"),
        ("PRATIQUE_SLOTS", ""),
        ("PRATIQUE_SLOTS", "²"),
        ("PRATIQUE_SLOTS", "9" * 5000),
        ("PRATIQUE_RESERVED_SLOTS", "8"),
        ("PRATIQUE_RESERVED_SLOTS", "-1"),
        ("PRATIQUE_SANDBOX_FOLDER", ""),
        ("PRATIQUE_SANDBOX_SECONDS", "0"),
        ("PRATIQUE_SANDBOX_SECONDS", "3601"),
        ("PRATIQUE_PRICE_PER_IMAGE", "-1"),
        ("PRATIQUE_PRICE_PER_IMAGE", "1e9"),
        ("PRATIQUE_PRICE_PER_IMAGE", "a cent"),
        ("PRATIQUE_PRICE_PER_IMAGE", ""),
        ("PRATIQUE_CURRENCY", "usd"),
        ("PRATIQUE_CURRENCY", "=SUM(A1)"),
        ("PRATIQUE_WINDOW_DAYS", "0"),
        ("PRATIQUE_RECONCILE_HOURS", "0"),
        ("PRATIQUE_REGISTRIES", ""),
        ("PRATIQUE_REGISTRIES", "not JSON"),
        ("PRATIQUE_REGISTRIES", "{}"),
        ("PRATIQUE_REGISTRIES", "[" * 100_000),
        ("PRATIQUE_REGISTRIES", registries({})),
        ("PRATIQUE_REGISTRIES", registries({"loginServer": "demo.azurecr.io"})),
        ("PRATIQUE_REGISTRIES", registries(ENTRY | {"loginServer": ""})),
        ("PRATIQUE_REGISTRIES", registries(ENTRY | {"loginServer": "https://demo.azurecr.io"})),
        ("PRATIQUE_REGISTRIES", registries(ENTRY | {"resourceId": "demo"})),
        ("PRATIQUE_REGISTRIES", registries(ENTRY | {"plainHttp": True})),
        ("PRATIQUE_REGISTRIES", registries(ENTRY | {"password": "x"})),
        ("PRATIQUE_REGISTRIES", registries(ENTRY, ENTRY)),
        ("PRATIQUE_REGISTRIES", registries(ENTRY, ENTRY | {"loginServer": "two.azurecr.io"})),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        settings(**{name: value})


def test_a_setting_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError, match="AzureWebJobsStorage is missing"):
        read_settings({})


def test_the_sample_can_be_used_as_it_is() -> None:
    sample = read_file(Path(__file__).parents[3] / "local.settings.sample.json")
    said = read_settings(sample)
    assert len(said.registries) == 1
    assert "127.0.0.1:10000" in connection_string("AzureWebJobsStorage", sample)
