"""The parts of the object graph that are others in Azure than on a laptop.

With a connection string there is no identity: pulls are anonymous and sandboxes are processes of
this machine. With an identity there is no key: storage, registries and container instances are all
opened with it, each as far as its roles go.
"""

import os
from contextlib import AsyncExitStack
from dataclasses import dataclass

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential

from core.clouds import Cloud
from core.enrolment.arm_registries import ArmRegistries
from core.enrolment.connections import App, ArmConnections, Connections, NoConnections
from core.enrolment.interface import JoinedRegistries, ListedRegistries, Registries
from core.enrolment.resource_manager import ResourceManager
from core.errors import ConfigurationError
from core.identity import Identity, sign_in
from core.notifications.topic import Topic, open_topic
from core.reconcile.holdings import Connect
from core.registry.acr import AcrIdentity
from core.registry.activity import ActivityLog, NoActivityLog
from core.registry.activity_feed import ActivityFeed
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint
from core.registry.log_analytics import open_workspace
from core.registry.tokens import AcrPullTokens, NoPullTokens, PullTokens
from core.sandbox.container_groups import Place
from core.sandbox.container_instances import ContainerInstances, open_resource_manager
from core.sandbox.creations import Creations
from core.sandbox.installed import installed_tools
from core.sandbox.interface import Sandbox
from core.sandbox.local import LocalSandbox
from core.scanning.weighing import ManifestWeighing, Weighing
from core.storage.account import Account, open_account, open_account_by_identity
from core.storage.endpoints import Endpoints
from core.telemetry.interface import Silence, Telemetry
from functions.azure_settings import AzureSettings, EnrolmentSettings
from functions.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where this app runs: what it writes to, how it pulls, and where it looks into images."""

    account: Account
    tokens: PullTokens
    weighing: Weighing
    """Who knows how large images are."""
    sandbox: Sandbox
    topic: Topic | None
    """Who is told of changes; `None` for nobody."""
    activities: ActivityLog
    """What tells who pulls."""
    connect: Connect
    """How registries are read, to be compared with what is known."""
    registries: Registries
    connections: Connections
    telemetry: Telemetry
    """Who is told numbers."""


async def open_surroundings(settings: Settings, stack: AsyncExitStack) -> Surroundings:
    """What the settings name, open for as long as the stack is."""
    identity, storage = settings.azure.identity, settings.storage
    if identity is None or isinstance(storage, str):
        return await _on_this_machine(settings, str(storage), stack)
    return await _in_azure(settings, storage, identity, stack)


async def _on_this_machine(
    settings: Settings, connection_string: str, stack: AsyncExitStack
) -> Surroundings:
    feed = settings.activity_feed
    return Surroundings(
        account=await stack.enter_async_context(open_account(connection_string)),
        tokens=NoPullTokens(),
        weighing=ManifestWeighing(RegistryClient),
        sandbox=_local(settings),
        topic=await _topic(settings, None, stack),
        activities=ActivityFeed(feed) if feed else NoActivityLog(),
        connect=RegistryClient,
        registries=ListedRegistries(settings.registries),
        connections=NoConnections(),
        telemetry=_telemetry(settings, stack),
    )


async def _in_azure(
    settings: Settings, storage: Endpoints, identity: Identity, stack: AsyncExitStack
) -> Surroundings:
    azure = settings.azure
    credential = sign_in(identity, azure.cloud)
    await stack.enter_async_context(credential)
    account = await stack.enter_async_context(open_account_by_identity(storage, credential))
    manager = _manager(azure.cloud, credential, stack)
    connect = _connect(credential, azure.cloud)
    return Surroundings(
        account=account,
        tokens=AcrPullTokens(credential, domains=azure.cloud.registry_domains),
        weighing=ManifestWeighing(connect),
        sandbox=await _instances(azure.sandboxes, azure.cloud, credential, account, stack)
        if azure.sandboxes is not None
        else _local(settings),
        topic=await _topic(settings, credential, stack),
        activities=await _activities(azure, credential, stack),
        connect=connect,
        registries=registries_of(settings, manager),
        connections=_connections(azure.enrolment, manager),
        telemetry=_telemetry(settings, stack),
    )


def _manager(
    cloud: Cloud, credential: AsyncTokenCredential, stack: AsyncExitStack
) -> ResourceManager:
    manager = ResourceManager(
        credential, url=cloud.resource_manager, scope=cloud.resource_manager_scope
    )
    stack.push_async_callback(manager.close)
    return manager


def _connect(credential: AsyncTokenCredential, cloud: Cloud) -> Connect:
    """Opens registries with the app's identity, which each registry gives tokens of its own."""
    identities: dict[Endpoint, AcrIdentity] = {}

    def connect(endpoint: Endpoint) -> RegistryClient:
        identity = identities.setdefault(
            endpoint, AcrIdentity(credential, domains=cloud.registry_domains)
        )
        return RegistryClient(endpoint, identity)

    return connect


def registries_of(settings: Settings, manager: ResourceManager) -> Registries:
    """Those that Azure lists in the subscriptions that are looked after; elsewhere those that the
    settings list."""
    azure, listed = settings.azure, ListedRegistries(settings.registries)
    if not azure.enrolment.subscriptions:
        return listed
    place = azure.sandboxes
    found = ArmRegistries(
        manager,
        azure.enrolment.subscriptions,
        domain=azure.cloud.registries,
        in_network=place is not None and place.subnet is not None,
        tools=place.registry if place is not None else None,
    )
    return JoinedRegistries(found, listed)


def _connections(enrolment: EnrolmentSettings, manager: ResourceManager) -> Connections:
    if enrolment.event_function is None or not enrolment.subscriptions:
        return NoConnections()
    app = App(function=enrolment.event_function, workspace=enrolment.workspace)
    return ArmConnections(manager, app)


async def _activities(
    azure: AzureSettings, credential: AsyncTokenCredential, stack: AsyncExitStack
) -> ActivityLog:
    if not azure.log_workspace:
        return NoActivityLog()
    workspace = open_workspace(azure.log_workspace, credential, endpoint=azure.cloud.log_analytics)
    return await stack.enter_async_context(workspace)


async def _instances(
    place: Place,
    cloud: Cloud,
    credential: AsyncTokenCredential,
    account: Account,
    stack: AsyncExitStack,
) -> Sandbox:
    client = await stack.enter_async_context(
        open_resource_manager(
            credential,
            place,
            url=cloud.resource_manager,
            scope=cloud.resource_manager_scope,
        )
    )
    creations = Creations(await account.tables.open("creations"), place.creations_per_hour)
    return ContainerInstances(client, place, creations)


async def _topic(
    settings: Settings, identity: AsyncTokenCredential | None, stack: AsyncExitStack
) -> Topic | None:
    """With its key where one is set, else with the app's identity."""
    if not settings.topic:
        return None
    credential = AzureKeyCredential(settings.topic_key) if settings.topic_key else identity
    if credential is None:
        raise ConfigurationError("PRATIQUE_TOPIC_KEY is missing: without it an identity is needed")
    return await stack.enter_async_context(open_topic(settings.topic, credential))


def _telemetry(settings: Settings, stack: AsyncExitStack) -> Telemetry:
    if not settings.insights:
        return Silence()
    # Loaded only here: whoever does not watch should not wait for it.
    from core.telemetry.azure_monitor import open_telemetry

    telemetry = open_telemetry(settings.insights)
    stack.callback(telemetry.close)
    return telemetry


def _local(settings: Settings) -> Sandbox:
    return LocalSandbox(folder=settings.sandbox_folder, tools=installed_tools(os.defpath))
