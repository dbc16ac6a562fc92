"""With an identity in the settings the app runs without keys; what is missing for that is named."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

from core.clouds import CLOUDS, CloudName
from core.enrolment.resource_manager import ResourceManager
from core.errors import ConfigurationError
from core.identity import Identity, sign_in
from core.registry.tokens import NoPullTokens
from core.sandbox.local import LocalSandbox
from core.storage.endpoints import Endpoints
from dev.stack.azurite import Azurite
from functions.azure import open_surroundings, registries_of
from functions.settings import Settings, read_settings
from tests.support.azure import Pretender

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
AZURE: Mapping[str, str] = {
    "AzureWebJobsStorage__accountName": "pratique1",
    "AzureWebJobsStorage__credential": "managedidentity",
    "AzureWebJobsStorage__clientId": "an-identity",
    "PRATIQUE_CLOUD": "china",
    "PRATIQUE_SANDBOX": "container-instances",
    "PRATIQUE_SANDBOX_GROUP": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sandboxes",
    "PRATIQUE_SANDBOX_LOCATION": "chinanorth3",
    "PRATIQUE_SANDBOX_IMAGE": "tools.azurecr.cn/sandbox:1",
    "PRATIQUE_SANDBOX_IDENTITY": "/an/identity",
}


def settings(**changed: str | None) -> Settings:
    both = {**AZURE, **changed}
    return read_settings({name: value for name, value in both.items() if value is not None})


def test_an_account_is_opened_where_the_cloud_has_it() -> None:
    assert settings().storage == Endpoints(
        account="pratique1",
        blob="https://pratique1.blob.core.chinacloudapi.cn",
        queue="https://pratique1.queue.core.chinacloudapi.cn",
        table="https://pratique1.table.core.chinacloudapi.cn",
    )


def test_an_account_can_be_given_by_its_address() -> None:
    by_address = settings(
        AzureWebJobsStorage__accountName=None,
        AzureWebJobsStorage__blobServiceUri="https://pratique1.blob.core.chinacloudapi.cn/",
    )
    assert by_address.storage == settings().storage
    assert by_address.azure.identity is not None


def test_sandboxes_are_made_where_the_settings_say() -> None:
    place = settings().azure.sandboxes
    assert place is not None
    assert (place.subscription, place.resource_group) == (SUBSCRIPTION, "sandboxes")
    assert (place.registry, place.subnet) == ("tools.azurecr.cn", None)
    assert settings(PRATIQUE_SANDBOX=None).azure.sandboxes is None


def test_a_connection_string_hides_the_account_as_it_does_for_the_host() -> None:
    both = settings(AzureWebJobsStorage="a connection string", PRATIQUE_SANDBOX=None)
    assert (both.storage, both.azure.identity) == ("a connection string", None)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"AzureWebJobsStorage__accountName": None}, "AzureWebJobsStorage"),
        ({"AzureWebJobsStorage__accountName": "Not_One"}, "Not_One"),
        (
            {"AzureWebJobsStorage__blobServiceUri": "https://pratique1.blob.core.windows.net"},
            "PRATIQUE_CLOUD right",
        ),
        ({"AzureWebJobsStorage__credential": "password"}, "managedidentity"),
        ({"AzureWebJobsStorage": "a connection string"}, "needs an identity"),
        ({"PRATIQUE_CLOUD": "moon"}, "PRATIQUE_CLOUD"),
        (
            {"PRATIQUE_TOPIC_ENDPOINT": "https://t.westus-1.eventgrid.azure.net/api/events"},
            "eventgrid.azure.cn: is PRATIQUE_CLOUD right",
        ),
        ({"PRATIQUE_SANDBOX": "docker"}, "PRATIQUE_SANDBOX must"),
        ({"PRATIQUE_SANDBOX_GROUP": "sandboxes"}, "PRATIQUE_SANDBOX_GROUP"),
        ({"PRATIQUE_CREATIONS_PER_HOUR": "many"}, "PRATIQUE_CREATIONS_PER_HOUR"),
        ({"PRATIQUE_SANDBOX_IMAGE": None}, "PRATIQUE_SANDBOX_IMAGE"),
    ],
)
def test_what_is_missing_or_wrong_is_named(changed: Mapping[str, str | None], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        settings(**changed)


async def test_registries_are_found_where_azure_may_be_asked_and_listed_elsewhere() -> None:
    elsewhere = "00000000-0000-4000-8000-000000000002"
    registry = {
        "loginServer": "demo.azurecr.cn",
        "resourceId": f"/subscriptions/{elsewhere}/resourceGroups/g/providers"
        "/Microsoft.ContainerRegistry/registries/demo",
    }
    both = settings(
        PRATIQUE_SUBSCRIPTIONS=SUBSCRIPTION,
        PRATIQUE_REGISTRIES=msgspec.json.encode([registry]).decode(),
    )
    cloud = both.azure.cloud
    manager = ResourceManager(
        Pretender(), url=cloud.resource_manager, scope=cloud.resource_manager_scope
    )
    registries = registries_of(both, manager)
    await manager.close()
    assert registries.subscriptions == [SUBSCRIPTION, elsewhere]
    assert len(await registries.of(elsewhere)) == 1


async def test_the_app_signs_in_as_its_own_identity_and_people_as_themselves() -> None:
    cloud = CLOUDS[CloudName.CHINA]
    managed = sign_in(Identity(managed=True, client_id="an-identity"), cloud)
    person = sign_in(Identity(managed=False, client_id=None), cloud)
    async with managed, person:
        assert isinstance(managed, ManagedIdentityCredential)
        assert isinstance(person, DefaultAzureCredential)


@pytest.mark.azurite
async def test_on_a_laptop_nobody_signs_in(azurite: Azurite, tmp_path: Path) -> None:
    local = read_settings(
        {
            "AzureWebJobsStorage": azurite.connection_string,
            "PRATIQUE_SANDBOX_FOLDER": str(tmp_path),
        }
    )
    async with AsyncExitStack() as stack:
        around = await open_surroundings(local, stack)
        assert isinstance(around.tokens, NoPullTokens)
        assert isinstance(around.sandbox, LocalSandbox)
