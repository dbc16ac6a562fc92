"""A command opens its storage account with a key, or in the name of whoever is signed in."""

import io
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from azure.core.exceptions import ClientAuthenticationError

from core.accounts import ByIdentity, Meant, called, meant_by, open_meant
from core.advisories.__main__ import main as advisories
from core.backup.__main__ import TO
from core.backup.__main__ import run as backup
from core.clouds import CLOUDS, CloudName
from core.errors import ConfigurationError
from core.identity import WHOEVER_IS_HERE, Identity
from functions.__main__ import run as functions
from tests.support.azure import Pretender, azure

NAMED = {"AzureWebJobsStorage__accountName": "pratique1", "PRATIQUE_CLOUD": "china"}


def in_china(identity: Identity = WHOEVER_IS_HERE) -> ByIdentity:
    cloud = CLOUDS[CloudName.CHINA]
    return ByIdentity(
        endpoints=cloud.storage_endpoints("pratique1"), identity=identity, cloud=cloud
    )


@pytest.mark.parametrize(
    ("settings", "meant"),
    [
        (NAMED, in_china()),
        (
            {
                "AzureWebJobsStorage__blobServiceUri": "https://pratique1.blob.core.chinacloudapi.cn/",
                "AzureWebJobsStorage__credential": "managedidentity",
                "AzureWebJobsStorage__clientId": "an-identity",
                "PRATIQUE_CLOUD": "china",
            },
            in_china(Identity(managed=True, client_id="an-identity")),
        ),
        ({**NAMED, "AzureWebJobsStorage": "with=a key"}, "with=a key"),
    ],
    ids=["by name", "by address, as in Azure", "a connection string hides the name"],
)
def test_settings_mean_an_account(settings: Mapping[str, str], meant: Meant) -> None:
    assert meant_by(None, settings) == meant


def test_a_running_stack_comes_before_the_settings(tmp_path: Path) -> None:
    stack = tmp_path / "stack.json"
    stack.write_text('{"storage_connection": "the=stack", "more": 1}')
    assert meant_by(stack, NAMED) == "the=stack"
    stack.write_text("{}")
    with pytest.raises(ConfigurationError, match="does not describe a running stack"):
        meant_by(stack, NAMED)


def test_what_somebody_calls_an_account_is_a_key_or_a_name() -> None:
    cloud = CLOUDS[CloudName.CHINA]
    assert called("a=connection string", cloud) == "a=connection string"
    assert called("pratique1", cloud) == in_china()
    with pytest.raises(ConfigurationError, match="Not-One"):
        called("Not-One", cloud)


@pytest.mark.parametrize("cloud", list(CloudName))
async def test_an_account_that_is_named_is_opened_by_whoever_signs_in(cloud: CloudName) -> None:
    """Every request shows a token, and none goes to another cloud."""
    meant = called("pratique1", CLOUDS[cloud])
    assert isinstance(meant, ByIdentity)
    at = meant.endpoints
    hosts = [urlsplit(one).hostname or "" for one in (at.blob, at.queue, at.table)]
    asked: set[tuple[str, str]] = set()

    async def storage(request: web.BaseRequest) -> web.Response:
        asked.add((request.host, request.headers.get("Authorization", "")))
        return web.Response(status=201)

    async with (
        azure(storage, *hosts) as here,
        open_meant(meant, credential=Pretender(), transport=here.transport) as account,
    ):
        await account.tables.open("log")
        await account.queues.create("hints")
    assert asked
    assert {host for host, _ in asked} <= set(hosts)
    assert {token for _, token in asked} == {"Bearer worthless"}


async def test_whoever_is_not_signed_in_is_told_so_before_anything_is_asked() -> None:
    stranger = Pretender(ClientAuthenticationError("try one of these eight things"))
    with pytest.raises(ConfigurationError, match="pratique1: run `az login`"):
        async with open_meant(in_china(), credential=stranger):
            pytest.fail("nobody was let in")


async def test_every_command_says_which_account_it_would_need() -> None:
    out, err = io.StringIO(), io.StringIO()
    assert await functions(["show"], {}, out, err) == 1
    assert "AzureWebJobsStorage__accountName" in err.getvalue()
    with pytest.raises(ConfigurationError, match="Not-One"):
        await backup("verify", {TO: "Not-One"})


@pytest.mark.parametrize("command", ["whatif", "publish"])
def test_advisories_are_published_and_tried_in_an_account_that_is_named(
    command: str, tmp_path: Path
) -> None:
    out, err = io.StringIO(), io.StringIO()
    settings = {**NAMED, "AzureWebJobsStorage__accountName": "Not_One"}
    arguments = [command, str(tmp_path)]
    assert advisories(arguments, io.StringIO(), out, err, settings) != 0
    assert "'Not_One' is no name of a storage account" in err.getvalue()
