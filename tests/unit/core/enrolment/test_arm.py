"""Registries as Azure Resource Manager lists them, and what is made beside them, through the SDK's
own pipeline and over HTTPS."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from core.domain.registries import Registered
from core.domain.values import Unsupported
from core.enrolment.arm_registries import ArmRegistries
from core.enrolment.connections import App, ArmConnections
from core.enrolment.interface import FoundRegistry, JoinedRegistries, ListedRegistries
from core.enrolment.resource_manager import ResourceManager
from core.errors import AccessDenied, RegistryError, RegistryUnavailable, UntrustedContent
from core.registry.references import RegistryResource
from tests.support.arm_shapes import refusal
from tests.support.azure import Pretender, azure
from tests.support.samples import SUBSCRIPTION

HOST = "management.usgovcloudapi.net"
SCOPE = f"https://{HOST}/.default"
LIST = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/registries"
REGISTRY = RegistryResource(subscription=SUBSCRIPTION, resource_group="demo", name="demo")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/demo"
TOPIC = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/evgs-demo"
APP = App(function="/subscriptions/x/functions/registry_events", workspace="/workspaces/w")

type Json = dict[str, object]


def registry(name: str = "demo", sku: str = "Premium", **properties: object) -> Json:
    """A registry's resource."""
    usual: Json = {
        "loginServer": f"{name}.azurecr.us",
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Enabled",
        "networkRuleSet": None,
    }
    return {
        "id": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/{name}",
        "location": "usgovvirginia",
        "sku": {"name": sku, "tier": sku},
        "properties": usual | properties,
    }


@dataclass(slots=True)
class Manager:
    """A resource manager that holds what was put, and lists in pages of one."""

    lists: dict[str, list[Json]] = field(default_factory=dict)
    held: dict[str, Json] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """Answers that come first."""
    refused: int = 0
    """Which request is refused, counted from 1."""
    next: str = f"https://{HOST}"
    asked: list[str] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        assert request.headers["Authorization"] == "Bearer worthless"
        assert request.query["api-version"]
        if len(self.asked) == self.refused:
            return web.Response(status=403)
        if self.statuses:
            status = self.statuses.pop(0)
            headers = {"Retry-After": "0"} if status in (429, 503) else {}
            return web.Response(status=status, headers=headers)
        if request.method == "PUT":
            return self._put(request, json.loads(await request.read()))
        if request.path in self.lists:
            return self._page(request)
        found = self.held.get(request.path)
        return web.Response(status=404) if found is None else web.json_response(found)

    def _put(self, request: web.BaseRequest, asked: Json) -> web.Response:
        why = refusal(request.path, request.query.get("api-version"), asked)
        if why is not None:
            return web.json_response({"error": {"code": "Refused", "message": why}}, status=400)
        self.held[request.path] = asked
        return web.json_response({}, status=201)

    def _page(self, request: web.BaseRequest) -> web.Response:
        items, at = self.lists[request.path], int(request.query.get("at", 0))
        page: Json = {"value": items[at : at + 1]}
        if at + 1 < len(items):
            page["nextLink"] = f"{self.next}{request.path}?api-version=1&at={at + 1}"
        return web.json_response(page)


@asynccontextmanager
async def managed(manager: Manager) -> AsyncIterator[ResourceManager]:
    async with azure(manager, HOST) as here:
        identity = Pretender()
        client = ResourceManager(
            identity, url=f"https://{HOST}", scope=SCOPE, transport=here.transport()
        )
        try:
            yield client
        finally:
            await client.close()
        assert set(identity.scopes) <= {SCOPE}


async def listed(
    manager: Manager, *, in_network: bool = False, tools: str | None = None
) -> dict[str, Unsupported | None]:
    """Login servers, and why each is not supported."""
    async with managed(manager) as client:
        registries = ArmRegistries(
            client, [SUBSCRIPTION.upper()], domain="azurecr.us", in_network=in_network, tools=tools
        )
        assert list(registries.subscriptions) == [SUBSCRIPTION]
        found = await registries.of(SUBSCRIPTION)
    for one in found:
        assert (one.registered.unsupported is None) == (one.registered.message == "")
    return {one.registered.login_server: one.registered.unsupported for one in found}


async def test_every_page_of_registries_is_read() -> None:
    manager = Manager(lists={LIST: [registry(f"r{number}") for number in range(3)]})
    assert await listed(manager) == {f"r{number}.azurecr.us": None for number in range(3)}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (registry(), None),
        (registry(networkRuleSet={"defaultAction": "Allow"}), None),
        (registry(policies={"quarantinePolicy": {"status": "disabled"}}), None),
        (registry(provisioningState="Updating"), None),
        (registry(publicNetworkAccess="Disabled"), Unsupported.FIREWALLED),
        (registry(networkRuleSet={"defaultAction": "Deny"}), Unsupported.FIREWALLED),
        (registry(sku="Classic"), Unsupported.NOT_ARM),
        (registry(provisioningState="Creating"), Unsupported.NOT_READY),
        (registry(loginServer="demo.azurecr.io"), Unsupported.FEATURE),
        (registry(loginServer=""), Unsupported.FEATURE),
        (registry(policies={"quarantinePolicy": {"status": "enabled"}}), Unsupported.FEATURE),
    ],
)
async def test_what_cannot_be_scanned_says_why(one: Json, reason: Unsupported | None) -> None:
    (found,) = (await listed(Manager(lists={LIST: [one]}))).values()
    assert found is reason


async def test_a_firewall_is_no_obstacle_for_sandboxes_in_a_network_that_it_admits() -> None:
    manager = Manager(lists={LIST: [registry(publicNetworkAccess="Disabled")]})
    assert await listed(manager, in_network=True) == {"demo.azurecr.us": None}


async def test_the_registry_of_the_sandboxs_own_image_is_listed_and_never_scanned() -> None:
    manager = Manager(lists={LIST: [registry("tools"), registry()]})
    found = await listed(manager, tools="tools.azurecr.us")
    assert found == {"tools.azurecr.us": Unsupported.FEATURE, "demo.azurecr.us": None}


async def test_registries_that_are_listed_count_where_azure_is_not_asked() -> None:
    here = FoundRegistry(resource=REGISTRY, registered=Registered(login_server="here.azurecr.us"))
    elsewhere = replace(
        here,
        resource=replace(REGISTRY, subscription="00000000-0000-0000-0000-000000000009"),
        registered=Registered(login_server="there.azurecr.us"),
    )
    async with managed(Manager(lists={LIST: [registry()]})) as client:
        found = ArmRegistries(client, [SUBSCRIPTION], domain="azurecr.us", in_network=False)
        both = JoinedRegistries(found, ListedRegistries([here, elsewhere]))
        servers = {
            one.registered.login_server
            for each in both.subscriptions
            for one in await both.of(each)
        }
    assert servers == {"demo.azurecr.us", "there.azurecr.us"}


async def test_a_moment_of_trouble_is_waited_for() -> None:
    manager = Manager(lists={LIST: [registry()]}, statuses=[429, 503])
    assert len(await listed(manager)) == 1


@pytest.mark.parametrize(
    ("statuses", "error"),
    [([403], AccessDenied), ([404], RegistryError), ([500] * 9, RegistryUnavailable)],
)
async def test_what_gives_no_answer_raises(statuses: list[int], error: type[Exception]) -> None:
    with pytest.raises(error):
        await listed(Manager(lists={LIST: [registry()]}, statuses=statuses))


async def test_a_list_that_goes_on_elsewhere_is_not_shown_our_token() -> None:
    manager = Manager(lists={LIST: [registry(), registry("b")]}, next="https://evil.example")
    with pytest.raises(UntrustedContent):
        await listed(manager)
    assert len(manager.asked) == 1


@pytest.mark.parametrize("item", [{}, {"id": "demo", "properties": {}}, {"id": 1}])
async def test_a_part_of_a_list_is_never_taken_for_the_whole(item: Json) -> None:
    with pytest.raises(RegistryUnavailable):
        await listed(Manager(lists={LIST: [registry(), item]}))


TOPICS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid/systemTopics"


async def connect(manager: Manager, app: App = APP) -> None:
    async with managed(manager) as client:
        await ArmConnections(client, app).connect(REGISTRY, "usgovvirginia")


async def test_a_registry_gets_a_topic_a_subscription_and_a_diagnostic_setting() -> None:
    manager = Manager(lists={TOPICS: []})
    await connect(manager)
    subscription = f"{TOPIC}/eventSubscriptions/pratique"
    diagnostics = f"{REGISTRY}/providers/Microsoft.Insights/diagnosticSettings/pratique"
    assert set(manager.held) == {TOPIC, subscription, diagnostics}
    assert manager.held[TOPIC]["location"] == "usgovvirginia"
    assert APP.function in json.dumps(manager.held[subscription])
    assert "ContainerRegistryRepositoryEvents" in json.dumps(manager.held[diagnostics])


async def test_what_is_there_is_used_and_left_as_it_is() -> None:
    other = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/theirs"
    topics: list[Json] = [
        {"id": "/topics/unrelated", "properties": {"source": "/other"}},
        {"id": other, "properties": {"source": str(REGISTRY).upper()}},
    ]
    manager = Manager(lists={TOPICS: topics})
    theirs = f"{other}/eventSubscriptions/pratique"
    manager.held[theirs] = {"properties": {"deadLetterDestination": "theirs"}}
    await connect(manager, App(function=APP.function, workspace=None))
    assert manager.held == {theirs: {"properties": {"deadLetterDestination": "theirs"}}}


async def test_it_can_be_asked_for_again_wherever_it_broke_off() -> None:
    whole = Manager(lists={TOPICS: []})
    await connect(whole)
    for number in range(1, len(whole.asked) + 1):
        manager = Manager(lists={TOPICS: []}, refused=number)
        with pytest.raises(AccessDenied):
            await connect(manager)
        await connect(manager)
        assert manager.held == whole.held


@pytest.mark.parametrize(
    ("path", "version", "body"),
    [
        (TOPIC, "2025-02-15", {"location": "usgovvirginia", "properties": {"source": "/r"}}),
        (TOPIC, "2022-06-15", {}),
        (f"{TOPIC}/eventSubscriptions/no", "2025-02-15", {"properties": {"destination": {}}}),
        (
            f"{REGISTRY}/providers/Microsoft.Insights/diagnosticSettings/pratique",
            "2021-05-01-preview",
            {"properties": {"workspaceId": "/w", "logs": [{"category": "Everything"}]}},
        ),
        (f"{GROUP}/providers/Microsoft.Storage/storageAccounts/x", "2025-02-15", {}),
    ],
)
async def test_what_azure_would_not_make_is_not_made_here(
    path: str, version: str, body: Json
) -> None:
    manager = Manager()
    async with managed(manager) as client:
        with pytest.raises(RegistryError):
            await client.put(path, version, body, what="it")
    assert manager.held == {}
