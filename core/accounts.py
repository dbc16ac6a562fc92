"""Which storage account is meant: by settings, by the file of a running stack, by its name.

An account has a connection string, or an identity opens it. The Functions host has the same order:
a connection string hides an account's name. It also wants addresses rather than a name where the
cloud is not the public one, so those will do here too.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ClientAuthenticationError

from core.clouds import Cloud, CloudName, cloud_named
from core.errors import ConfigurationError
from core.identity import STORAGE, WHOEVER_IS_HERE, Identity, read_identity, sign_in
from core.storage.account import (
    Account,
    TransportFactory,
    direct,
    open_account,
    open_account_by_identity,
)
from core.storage.endpoints import Endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class ByIdentity:
    """An account that an identity opens."""

    endpoints: Endpoints
    identity: Identity
    cloud: Cloud


type Meant = str | ByIdentity
"""An account: its connection string, or who opens it. The first contains a secret."""


_SCOPE = "https://storage.azure.com/.default"
"""What tokens for storage are called, in every cloud."""


class _Stack(msgspec.Struct, frozen=True):
    """The part of a running stack's file that matters here."""

    storage_connection: str


def meant_in(settings: Mapping[str, str], name: str) -> Meant:
    """The account that the setting of that name says. ConfigurationError without one."""
    said = settings.get(name)
    if not said:
        raise ConfigurationError(f"{name} must name a storage account")
    return called(said, read_cloud(settings))


def read_cloud(given: Mapping[str, str]) -> Cloud:
    """The cloud in that mapping, usually the environment."""
    return cloud_named(given.get("PRATIQUE_CLOUD", CloudName.PUBLIC))


def read_storage(given: Mapping[str, str], cloud: Cloud) -> str | Endpoints:
    """A connection string, or else where the account is that the identity opens."""
    connection_string = given.get(STORAGE)
    if connection_string:
        return connection_string
    address = given.get(f"{STORAGE}__blobServiceUri", "")
    account = given.get(f"{STORAGE}__accountName") or _account_at(address)
    if not account:
        raise ConfigurationError(
            f"the setting {STORAGE} is missing, and {STORAGE}__blobServiceUri too"
        )
    endpoints = cloud.storage_endpoints(account)
    if address and address.rstrip("/") != endpoints.blob:
        raise ConfigurationError(
            f"{STORAGE}__blobServiceUri is {address}, and in the cloud {cloud.name} it would be "
            f"{endpoints.blob}: is PRATIQUE_CLOUD right?"
        )
    return endpoints


def meant_by(stack: Path | None, given: Mapping[str, str]) -> Meant:
    """The account of a running stack, or that of the settings. ConfigurationError when there is
    none; it says how to name one."""
    if stack is not None:
        return _of_stack(stack)
    if not any(given.get(STORAGE + end) for end in ("", "__accountName", "__blobServiceUri")):
        raise ConfigurationError(
            f"Which storage account is meant? Set {STORAGE} to its connection string, or"
            f" {STORAGE}__accountName to its name, to be opened by whoever is signed in here; or"
            " name the file of a running stack, such as --stack .run/stack.json."
        )
    cloud = read_cloud(given)
    storage = read_storage(given, cloud)
    if isinstance(storage, str):
        return storage
    return ByIdentity(endpoints=storage, identity=read_identity(given), cloud=cloud)


def called(said: str, cloud: Cloud) -> Meant:
    """What somebody calls an account: a connection string, or a name in that cloud, to be opened by
    whoever is signed in here."""
    if "=" in said:
        return said
    return ByIdentity(
        endpoints=cloud.storage_endpoints(said), identity=WHOEVER_IS_HERE, cloud=cloud
    )


@asynccontextmanager
async def open_meant(
    meant: Meant,
    *,
    credential: AsyncTokenCredential | None = None,
    transport: TransportFactory = direct,
) -> AsyncIterator[Account]:
    """That account. A credential of one's own takes the place of signing in."""
    if isinstance(meant, str):
        async with open_account(meant, transport=transport) as account:
            yield account
        return
    async with AsyncExitStack() as stack:
        if credential is None:
            credential = sign_in(meant.identity, meant.cloud)
            await stack.enter_async_context(credential)
        await _show(credential, meant.endpoints.account)
        opening = open_account_by_identity(meant.endpoints, credential, transport=transport)
        yield await stack.enter_async_context(opening)


async def _show(credential: AsyncTokenCredential, account: str) -> None:
    """Have a token before anything is asked: what comes later would say less about why."""
    try:
        await credential.get_token(_SCOPE)
    except ClientAuthenticationError as error:
        raise ConfigurationError(
            f"Nobody is signed in here who could open the storage account {account}: run `az login`"
            " first, or say AzureWebJobsStorage__credential=managedidentity on a machine of Azure."
        ) from error


def _account_at(address: str) -> str:
    return address.removeprefix("https://").partition(".")[0]


def _of_stack(stack: Path) -> str:
    try:
        return msgspec.json.decode(stack.read_bytes(), type=_Stack).storage_connection
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(f"{stack} does not describe a running stack: {error}") from error
