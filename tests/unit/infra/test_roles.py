"""What the app asks of Azure Resource Manager is what its roles allow, no less and no more.

The code is run against servers that write down what they are asked; each request is translated to
the action that Azure would look for. Reading the templates alone would not notice a new request.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from core.enrolment import arm_registries, connections
from core.enrolment.arm_registries import ArmRegistries
from core.enrolment.connections import ArmConnections
from core.sandbox.interface import Presence
from tests.support.bicep import parse, text, walk
from tests.support.samples import SUBSCRIPTION
from tests.unit.core.enrolment import test_arm as enrolment
from tests.unit.core.sandbox import test_container_instances as sandboxes

ROOT = Path(__file__).parents[3]

LINKED = {
    "Microsoft.EventGrid/eventSubscriptions/write": "an event subscription, of its source",
    "Microsoft.Web/sites/functions/read": "an event subscription, of its destination",
    "Microsoft.Web/sites/functions/write": "an event subscription, of its destination",
    "Microsoft.OperationalInsights/workspaces/read": "a diagnostic setting, of its workspace",
    "Microsoft.OperationalInsights/workspaces/sharedKeys/action": "a diagnostic setting, the same",
    "Microsoft.Network/virtualNetworks/subnets/read": "a container group, of its subnet",
    "Microsoft.Network/virtualNetworks/subnets/join/action": "a container group, of its subnet",
}
"""What Azure asks for besides, when something is made that refers to something else."""

CONTAINER_INSTANCES = ("Microsoft.ContainerInstance/containerGroups/*",)
"""What the built-in role of `infra/modules/sandbox.bicep` allows, as far as it concerns us."""

_SEGMENTS = re.compile(r"/providers/([\w.]+)/([^?]+)$")
_VERBS = {"GET": "read", "PUT": "write", "DELETE": "delete"}


_PARTICULAR = {"usgovvirginia", str(enrolment.REGISTRY), enrolment.APP.function, "/workspaces/w"}
"""What is this registry's, and this app's."""


def _words(value: object) -> Iterator[str]:
    """Names and values of a document, all the way down."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (str(name), *_words(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
    else:
        yield str(value).lower() if isinstance(value, bool) else str(value)


def action(request: str) -> str:
    """`PUT /subscriptions/…/providers/Microsoft.X/things/one` is `Microsoft.X/things/write`."""
    method, path = request.split(" ", 1)
    provider = path[path.rindex("/providers/") :]
    found = _SEGMENTS.search(provider)
    assert found is not None, request
    kinds = found[2].split("/")[::2]
    return "/".join([found[1], *kinds, _VERBS[method]])


def actions_in(module: str) -> Iterator[str]:
    """Of the roles that a module defines."""
    for node in walk(parse(ROOT / f"infra/modules/{module}.bicep").root):
        if node.type == "object_property" and text(node.named_children[0]) == "actions":
            yield from (text(one) for one in walk(node) if one.type == "string")


async def asked_by_enrolment() -> set[str]:
    manager = enrolment.Manager(
        lists={enrolment.LIST: [enrolment.registry()], enrolment.TOPICS: []}
    )
    async with enrolment.managed(manager) as client:
        found = ArmRegistries(client, [SUBSCRIPTION], domain="azurecr.us", in_network=False)
        (registry,) = await found.of(SUBSCRIPTION)
        await ArmConnections(client, enrolment.APP).connect(registry.resource, "usgovvirginia")
    return {action(request) for request in manager.asked}


async def asked_by_sandboxes() -> set[str]:
    async with sandboxes.staged() as stage:
        await stage.sandboxes.start(sandboxes.order(1))
        await stage.status(sandboxes.order(2))
        await stage.sandboxes.sweep()
        assert await stage.stop(sandboxes.order(1)) is Presence.GONE
    group = (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerInstance/containerGroups"
    )
    return {action(f"{method} {group}/{name}") for method, name in stage.azure.requests}


async def test_enrolment_may_do_what_it_does_and_nothing_else() -> None:
    allowed = set(actions_in("discovery"))
    assert await asked_by_enrolment() == allowed - LINKED.keys()


async def test_sandboxes_are_made_by_a_role_that_allows_it() -> None:
    asked = await asked_by_sandboxes()
    assert {one.rpartition("/")[2] for one in asked} == {"read", "write", "delete"}
    for one in asked:
        assert any(fnmatchcase(one, pattern) for pattern in CONTAINER_INSTANCES), one


def test_what_azure_asks_for_besides_is_allowed_and_nothing_else_is() -> None:
    modules = ("discovery", "connecting", "network-join")
    allowed = {one for module in modules for one in actions_in(module)}
    assert allowed >= LINKED.keys()
    assert set(actions_in("connecting")) | set(actions_in("network-join")) <= LINKED.keys()


async def test_a_registry_that_is_added_later_is_connected_as_one_that_was_deployed() -> None:
    """But for dead letters, which need a role that the app must not be able to give."""
    manager = enrolment.Manager(lists={enrolment.TOPICS: []})
    async with enrolment.managed(manager) as client:
        await ArmConnections(client, enrolment.APP).connect(enrolment.REGISTRY, "usgovvirginia")
    templates = "".join(
        (ROOT / f"infra/{name}.bicep").read_text() for name in ("events", "modules/registry")
    )
    for path, body in manager.held.items():
        for word in _words(body):
            same = re.search(rf"\b{re.escape(word)}\b", templates) is not None
            assert same or word in _PARTICULAR, f"{path}: {word}"


def test_the_app_asks_in_the_versions_that_the_templates_are_written_in() -> None:
    templates = "".join(path.read_text() for path in (ROOT / "infra").rglob("*.bicep"))
    for kind, version in (
        ("Microsoft.EventGrid/systemTopics", connections.TOPICS_VERSION),
        ("Microsoft.Insights/diagnosticSettings", connections.DIAGNOSTICS_VERSION),
        ("Microsoft.ContainerRegistry/registries", arm_registries.VERSION),
    ):
        assert f"'{kind}@{version}'" in templates


def test_nothing_is_allowed_by_a_pattern() -> None:
    for path in (ROOT / "infra/modules").glob("*.bicep"):
        assert not any("*" in one for one in actions_in(path.stem)), path.name


def test_a_role_is_defined_once_for_each_environment() -> None:
    """Its name must be the only one of its kind in the tenant, or a second deployment fails."""
    for module in ("discovery", "connecting"):
        source = (ROOT / f"infra/modules/{module}.bicep").read_text()
        assert re.search(r"roleName: '.*\$\{environmentName\}.*\$\{subscription\(\)", source)
