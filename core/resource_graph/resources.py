"""The rows that are kept as they are: assessments, scores, registries, and what contains those."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from core.azure_shapes.assessments import Counts, assessment
from core.azure_shapes.keys import AssessmentKey
from core.domain.registries import Registered
from core.domain.values import Health
from core.enrolment.plans import Subscription
from core.query.score import score_of
from core.query.shapes import Json
from core.query.totals import added_up
from core.registry.references import RegistryResource, parse_resource

_SPACE = uuid.UUID("3f1c4f3e-6f0c-5b0e-9d0a-6f3f6f0f8b11")
"""Of the keys of rows: a key is made of the table's name and the row's id."""
_CONTROL = "a9909064-42b4-4d34-8143-275477afe18b"
"""The name of the control under which the score is kept."""
_TITLE = "Remediate vulnerabilities"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A row of one of the tables."""

    source: str
    """The table."""
    id: str
    name: str
    type: str
    subscription: str
    resource_group: str = ""
    location: str = ""
    registry: str = ""
    """Login server of the registry that it is about; empty where it is about none."""
    properties: Mapping[str, Json]

    @property
    def key(self) -> str:
        """Tells it from all other rows."""
        return str(uuid.uuid5(_SPACE, f"{self.source}|{self.id}"))

    @property
    def body(self) -> str:
        """Its columns that are JSON."""
        return msgspec.json.encode({"properties": self.properties}).decode()


def resources_of(
    subscriptions: Sequence[Subscription], counts: Mapping[str, Counts]
) -> Iterator[Resource]:
    """All such rows. `counts` are images by health, by their registry's login server."""
    for subscription in subscriptions:
        found = {parse_resource(one): told for one, told in subscription.registries.items()}
        yield from _containers(subscription.id, found)
        yield from _scores(
            subscription.id,
            [counts.get(registered.login_server, {}) for registered in found.values()],
        )
        for resource, registered in found.items():
            yield _registry(resource, registered)
            yield from _assessments(resource, registered, counts.get(registered.login_server, {}))


def _registry(resource: RegistryResource, registered: Registered) -> Resource:
    return Resource(
        source="resources",
        id=str(resource),
        name=resource.name,
        type="microsoft.containerregistry/registries",
        subscription=resource.subscription,
        resource_group=resource.resource_group,
        location=registered.location,
        registry=registered.login_server,
        properties={"loginServer": registered.login_server},
    )


def _assessments(
    resource: RegistryResource, registered: Registered, counts: Counts
) -> Iterator[Resource]:
    """A registry's, which Resource Graph spells a little otherwise than the API does."""
    for key in AssessmentKey:
        shown = assessment(key, resource, registered, counts, metadata=True)
        properties = shown["properties"]
        if isinstance(properties, dict):
            properties["resourceDetails"] = {"Source": "Azure", "Id": str(resource)}
            yield Resource(
                source="securityresources",
                id=str(shown["id"]),
                name=key.value,
                type="microsoft.security/assessments",
                subscription=resource.subscription,
                resource_group=resource.resource_group,
                location="global",
                registry=registered.login_server,
                properties=properties,
            )


def _scores(subscription: str, counts: Sequence[Counts]) -> Iterator[Resource]:
    """A subscription's score, and the one control that it is made of. Nothing where nothing counts:
    that is no score of 0."""
    pooled = {health: sum(one.get(health, 0) for one in counts) for health in Health}
    told = score_of({**added_up([]), **{health.value: count for health, count in pooled.items()}})
    current, maximum, percentage = told.current, told.max, told.percentage
    if percentage is None:
        return
    score: dict[str, Json] = {
        "current": current,
        "max": maximum,
        "percentage": round(percentage / 100, 4),
    }
    judged = pooled[Health.HEALTHY] + pooled[Health.UNHEALTHY]
    root = f"/subscriptions/{subscription}/providers/Microsoft.Security/secureScores/ascScore"
    yield Resource(
        source="securityresources",
        id=root,
        name="ascScore",
        type="microsoft.security/securescores",
        subscription=subscription,
        properties={"displayName": "ASC score", "score": score, "weight": judged},
    )
    yield Resource(
        source="securityresources",
        id=f"{root}/secureScoreControls/{_CONTROL}",
        name=_CONTROL,
        type="microsoft.security/securescores/securescorecontrols",
        subscription=subscription,
        properties={
            "displayName": _TITLE,
            "healthyResourceCount": pooled[Health.HEALTHY],
            "unhealthyResourceCount": pooled[Health.UNHEALTHY],
            "notApplicableResourceCount": pooled[Health.NOT_APPLICABLE],
            "score": score,
            "weight": judged,
            "definition": _definition(maximum),
        },
    )


def _definition(maximum: Json) -> dict[str, Json]:
    """What the control is."""
    return {
        "id": f"/providers/Microsoft.Security/secureScoreControlDefinitions/{_CONTROL}",
        "name": _CONTROL,
        "type": "Microsoft.Security/secureScoreControlDefinitions",
        "properties": {
            "displayName": _TITLE,
            "maxScore": maximum,
            "source": {"sourceType": "BuiltIn"},
            "assessmentDefinitions": [
                {"id": f"/providers/Microsoft.Security/assessmentMetadata/{key}"}
                for key in AssessmentKey
            ],
        },
    }


def _containers(
    subscription: str, found: Mapping[RegistryResource, Registered]
) -> Iterator[Resource]:
    root = f"/subscriptions/{subscription}"
    yield Resource(
        source="resourcecontainers",
        id=root,
        name=subscription,
        type="microsoft.resources/subscriptions",
        subscription=subscription,
        properties={"state": "Enabled"},
    )
    for group in sorted({resource.resource_group for resource in found}):
        yield Resource(
            source="resourcecontainers",
            id=f"{root}/resourceGroups/{group}",
            name=group,
            type="microsoft.resources/subscriptions/resourcegroups",
            subscription=subscription,
            resource_group=group,
            properties={},
        )
