"""What a registry needs beside it to tell us of itself: a topic and a subscription for its events,
and a diagnostic setting for its log.

What is there already is used as it is (a registry has one system topic at most), and what is
missing is made, so whoever dies in between just asks again.
"""

from dataclasses import dataclass
from typing import Protocol

import msgspec

from core.enrolment.resource_manager import ResourceManager
from core.errors import RegistryUnavailable
from core.registry.references import RegistryResource

TOPICS_VERSION = "2025-02-15"
DIAGNOSTICS_VERSION = "2021-05-01-preview"
"""Of the providers' APIs."""
_NAME = "pratique"
"""What the event subscription and the diagnostic setting are called."""
_EVENTS = (
    "Microsoft.ContainerRegistry.ImagePushed",
    "Microsoft.ContainerRegistry.ImageDeleted",
)
_LOGS = ("ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents")


class Connections(Protocol):
    """Connects registries to the app."""

    async def connect(self, registry: RegistryResource, location: str) -> None:
        """Have the registry's events and log come to the app; a RegistryError when that cannot be
        had. Repeating it changes nothing."""
        ...


class NoConnections:
    """Registries that tell of themselves already: those of the local stack."""

    async def connect(self, registry: RegistryResource, location: str) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Where events and logs are to come; ids of Azure resources."""

    function: str
    """The function that takes the events."""
    workspace: str | None
    """The Log Analytics workspace of the log; `None` leaves diagnostics as they are."""


class _Source(msgspec.Struct, frozen=True):
    source: str = ""


class _Topic(msgspec.Struct, frozen=True):
    id: str
    properties: _Source = _Source()


class ArmConnections:
    """Makes them by Azure Resource Manager."""

    def __init__(self, manager: ResourceManager, app: App) -> None:
        self._manager = manager
        self._app = app

    async def connect(self, registry: RegistryResource, location: str) -> None:
        topic = await self._topic(registry) or await self._make_topic(registry, location)
        await self._subscribe(topic, registry)
        if self._app.workspace is not None:
            await self._diagnose(registry, self._app.workspace)

    async def _topic(self, registry: RegistryResource) -> str | None:
        """The ARM id of the registry's system topic, wherever in the subscription it is."""
        what = f"list of system topics of subscription {registry.subscription}"
        path = f"subscriptions/{registry.subscription}/providers/Microsoft.EventGrid/systemTopics"
        async for item in self._manager.list(path, TOPICS_VERSION, what=what):
            try:
                topic = msgspec.json.decode(item, type=_Topic)
            except ValueError as error:
                raise RegistryUnavailable(f"The answer is no {what}.") from error
            if topic.properties.source.lower() == str(registry).lower():
                return topic.id
        return None

    async def _make_topic(self, registry: RegistryResource, location: str) -> str:
        group = f"/subscriptions/{registry.subscription}/resourceGroups/{registry.resource_group}"
        topic = f"{group}/providers/Microsoft.EventGrid/systemTopics/evgs-{registry.name}"
        body = {
            "location": location,
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "source": str(registry),
                "topicType": "Microsoft.ContainerRegistry.Registries",
            },
        }
        await self._manager.put(topic, TOPICS_VERSION, body, what=f"system topic of {registry}")
        return topic

    async def _subscribe(self, topic: str, registry: RegistryResource) -> None:
        body = {
            "properties": {
                "eventDeliverySchema": "CloudEventSchemaV1_0",
                "filter": {"includedEventTypes": list(_EVENTS)},
                "retryPolicy": {"maxDeliveryAttempts": 30, "eventTimeToLiveInMinutes": 1440},
                "destination": {
                    "endpointType": "AzureFunction",
                    "properties": {
                        "resourceId": self._app.function,
                        "maxEventsPerBatch": 1,
                        "preferredBatchSizeInKilobytes": 64,
                    },
                },
            }
        }
        path = f"{topic}/eventSubscriptions/{_NAME}"
        await self._make(path, TOPICS_VERSION, body, f"event subscription of {registry}")

    async def _diagnose(self, registry: RegistryResource, workspace: str) -> None:
        body = {
            "properties": {
                "workspaceId": workspace,
                "logs": [{"category": category, "enabled": True} for category in _LOGS],
            }
        }
        path = f"{registry}/providers/Microsoft.Insights/diagnosticSettings/{_NAME}"
        await self._make(path, DIAGNOSTICS_VERSION, body, f"diagnostic setting of {registry}")

    async def _make(self, path: str, version: str, body: object, what: str) -> None:
        """Make what is not there. What is there may have been made with more to it, by whoever
        deployed the app: it stays as it is."""
        if not await self._manager.exists(path, version, what=what):
            await self._manager.put(path, version, body, what=what)
