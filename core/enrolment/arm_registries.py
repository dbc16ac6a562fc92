"""The registries that Azure Resource Manager lists, each with whether its images can be scanned."""

from collections.abc import Sequence

import msgspec

from core.domain.registries import Registered
from core.domain.values import Unsupported, is_registry
from core.enrolment.interface import FoundRegistry
from core.enrolment.resource_manager import ResourceManager
from core.errors import InvalidReference, RegistryUnavailable
from core.registry.references import parse_resource

VERSION = "2023-07-01"
"""Of the provider's API."""


class _Status(msgspec.Struct, frozen=True):
    status: str = ""


class _Policies(msgspec.Struct, frozen=True):
    quarantine: _Status = msgspec.field(name="quarantinePolicy", default=_Status())


class _Rules(msgspec.Struct, frozen=True):
    default: str = msgspec.field(name="defaultAction", default="Allow")


class _Properties(msgspec.Struct, frozen=True):
    login_server: str = msgspec.field(name="loginServer", default="")
    state: str = msgspec.field(name="provisioningState", default="")
    public: str = msgspec.field(name="publicNetworkAccess", default="Enabled")
    rules: _Rules | None = msgspec.field(name="networkRuleSet", default=None)
    policies: _Policies | None = None


class _Sku(msgspec.Struct, frozen=True):
    name: str = ""


class _Registry(msgspec.Struct, frozen=True):
    """As much of a registry's resource as says whether it can be scanned."""

    id: str
    properties: _Properties
    location: str = ""
    sku: _Sku = _Sku()


class ArmRegistries:
    """Asks Azure."""

    def __init__(
        self,
        manager: ResourceManager,
        subscriptions: Sequence[str],
        *,
        domain: str,
        in_network: bool,
        tools: str | None = None,
    ) -> None:
        """`domain` is what the cloud's login servers end in; `in_network` says that sandboxes have
        a network of their own, from which private registries can be reached; `tools` is the login
        server that sandboxes have their own image from, if any."""
        self._manager = manager
        self._subscriptions = tuple(sorted({one.lower() for one in subscriptions}))
        self._domain = domain
        self._in_network = in_network
        self._tools = tools

    @property
    def subscriptions(self) -> Sequence[str]:
        return self._subscriptions

    async def of(self, subscription: str) -> Sequence[FoundRegistry]:
        what = f"list of registries of subscription {subscription}"
        path = f"subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries"
        return [
            self._found(item, what) async for item in self._manager.list(path, VERSION, what=what)
        ]

    def _found(self, item: bytes, what: str) -> FoundRegistry:
        try:
            registry = msgspec.json.decode(item, type=_Registry)
            resource = parse_resource(registry.id)
        except (ValueError, InvalidReference) as error:
            raise RegistryUnavailable(f"The answer is no {what}.") from error
        reason, message = self._judge(registry)
        registered = Registered(
            login_server=registry.properties.login_server.lower(),
            location=registry.location,
            unsupported=reason,
            message=message,
        )
        return FoundRegistry(resource=resource, registered=registered)

    def _judge(self, registry: _Registry) -> tuple[Unsupported | None, str]:
        """Whether it can be scanned, and what to do where it cannot."""
        properties = registry.properties
        server = properties.login_server.lower()
        rules = properties.rules or _Rules()
        closed = properties.public == "Disabled" or rules.default == "Deny"
        quarantine = (properties.policies or _Policies()).quarantine.status
        if registry.sku.name == "Classic":
            return Unsupported.NOT_ARM, _CLASSIC
        if properties.state not in ("Succeeded", "Updating"):
            return Unsupported.NOT_READY, f"Its provisioning state is {properties.state[:40]!r}."
        if not is_registry(server) or not server.endswith(f".{self._domain}"):
            return Unsupported.FEATURE, f"Its login server does not end in {self._domain}."
        if server == self._tools:
            return Unsupported.FEATURE, _TOOLS
        if closed and not self._in_network:
            return Unsupported.FIREWALLED, _FIREWALLED
        if quarantine == "enabled":
            return Unsupported.FEATURE, _QUARANTINE
        return None, ""


_CLASSIC = (
    "The Classic tier keeps its images in a storage account of its own, and is not managed by"
    " Azure Resource Manager: move it to another tier."
)
_FIREWALLED = (
    "Its firewall lets sandboxes nowhere near: give them a subnet that it admits"
    " (PRATIQUE_SANDBOX_SUBNET), or admit public access."
)
_QUARANTINE = "It quarantines what is pushed, so nothing can be pulled: switch that policy off."
_TOOLS = (
    "It holds the sandbox's own image, and whatever runs in a sandbox can pull from here: keep what"
    " is to be scanned in another registry."
)
