"""What Azure Resource Manager takes: the shapes of what this app asks it to make.

Each follows the published definition of its provider's API in the version named beside it, less
what the app must never set (ports, volumes, a plain value where a secret is). A property that is
unknown is refused, as Azure refuses it; so is another version, whose shapes nobody compared.
"""

import re
from dataclasses import dataclass

import jsonschema

type Json = dict[str, object]


def shape(required: str = "", **properties: object) -> Json:
    """An object with these properties and no others, of which the named ones must be there."""
    return {
        "type": "object",
        "required": required.split(),
        "additionalProperties": False,
        "properties": properties,
    }


def _list(items: object) -> Json:
    return {"type": "array", "minItems": 1, "items": items}


def _count(least: int, most: int) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most}


TEXT: Json = {"type": "string", "minLength": 1}
_RESOURCE = {"type": "string", "pattern": "^/"}

_RESOURCES = shape(
    "requests",
    requests=shape(
        "memoryInGB cpu",
        memoryInGB={"type": "number", "minimum": 0.1, "multipleOf": 0.1},
        cpu={"type": "number", "exclusiveMinimum": 0},
    ),
)
_CONTAINER = shape(
    "name properties",
    name={"pattern": "^[a-z0-9-]{1,63}$"},
    properties=shape(
        "image resources",
        image=TEXT,
        resources=_RESOURCES,
        environmentVariables=_list(
            shape("name secureValue", name=TEXT, secureValue=TEXT),
        ),
    ),
)
_CONTAINER_GROUP = shape(
    "location properties identity",
    location=TEXT,
    tags={"type": "object", "additionalProperties": {"type": "string", "maxLength": 256}},
    identity=shape(
        "type userAssignedIdentities",
        type={"const": "UserAssigned"},
        userAssignedIdentities={"type": "object", "maxProperties": 1},
    ),
    properties=shape(
        "containers osType",
        containers={**_list(_CONTAINER), "maxItems": 60},
        osType={"const": "Linux"},
        sku={"const": "Standard"},
        restartPolicy={"const": "Never"},
        imageRegistryCredentials=_list(shape("server identity", server=TEXT, identity=TEXT)),
        subnetIds=_list(shape("id", id=TEXT)),
        dnsConfig=shape("nameServers", nameServers=_list(TEXT)),
    ),
)

_SYSTEM_TOPIC = shape(
    "location properties",
    location=TEXT,
    tags={"type": "object"},
    identity=shape("type", type={"enum": ["None", "SystemAssigned"]}),
    properties=shape(
        "source topicType",
        source=_RESOURCE,
        topicType={"const": "Microsoft.ContainerRegistry.Registries"},
    ),
)
_EVENT_SUBSCRIPTION = shape(
    "properties",
    properties=shape(
        "destination",
        destination=shape(
            "endpointType properties",
            endpointType={"const": "AzureFunction"},
            properties=shape(
                "resourceId",
                resourceId=_RESOURCE,
                maxEventsPerBatch=_count(1, 5_000),
                preferredBatchSizeInKilobytes=_count(1, 1_024),
            ),
        ),
        eventDeliverySchema={"enum": ["EventGridSchema", "CloudEventSchemaV1_0"]},
        filter=shape(includedEventTypes=_list({"pattern": r"^Microsoft\.ContainerRegistry\."})),
        labels=_list(TEXT),
        retryPolicy=shape(
            maxDeliveryAttempts=_count(1, 30), eventTimeToLiveInMinutes=_count(1, 1_440)
        ),
    ),
)
_DIAGNOSTIC_SETTING = shape(
    "properties",
    properties=shape(
        workspaceId=_RESOURCE,
        logAnalyticsDestinationType={"const": "Dedicated"},
        logs=_list(
            shape(
                "category enabled",
                category={
                    "enum": ["ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"]
                },
                enabled={"type": "boolean"},
            )
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of resource, as one version of its provider's API has it."""

    path: re.Pattern[str]
    """What the end of its id matches."""
    version: str
    shape: Json

    def check(self, body: object) -> None:
        """Raises `jsonschema.ValidationError` for what Azure would refuse."""
        jsonschema.validate(body, self.shape)


CONTAINER_GROUP = Kind(
    path=re.compile(r"/providers/Microsoft\.ContainerInstance/containerGroups/[a-z0-9-]{1,63}"),
    version="2023-05-01",
    shape=_CONTAINER_GROUP,
)
_TOPIC_PATH = r"/providers/Microsoft\.EventGrid/systemTopics/[A-Za-z0-9-]{3,128}"
KINDS = (
    CONTAINER_GROUP,
    Kind(path=re.compile(_TOPIC_PATH), version="2025-02-15", shape=_SYSTEM_TOPIC),
    Kind(
        path=re.compile(rf"{_TOPIC_PATH}/eventSubscriptions/[A-Za-z0-9-]{{3,64}}"),
        version="2025-02-15",
        shape=_EVENT_SUBSCRIPTION,
    ),
    Kind(
        path=re.compile(r"/providers/Microsoft\.Insights/diagnosticSettings/[A-Za-z0-9-]{1,260}"),
        version="2021-05-01-preview",
        shape=_DIAGNOSTIC_SETTING,
    ),
)


def refusal(path: str, version: str | None, body: object) -> str | None:
    """Why Azure would refuse to make this; `None` where it would not."""
    provider = path.rfind("/providers/")
    kind = next((one for one in KINDS if one.path.fullmatch(path, max(provider, 0))), None)
    if kind is None:
        return f"{path} is no resource that the app makes"
    if version != kind.version:
        return f"version {version} of the API is not {kind.version}"
    try:
        kind.check(body)
    except jsonschema.ValidationError as error:
        return f"{error.json_path}: {error.message}"
    return None
