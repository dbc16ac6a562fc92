"""Assessments: each says of a registry, twice over, what its images amount to.

Policies take NotApplicable for compliant, as Azure's own do. So a registry with an unhealthy image
is Unhealthy whatever else it has, and one with an image that nobody has judged is never Healthy.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from core.azure_shapes.keys import DISPLAY_NAMES, AssessmentKey
from core.domain.registries import Registered
from core.domain.values import Health
from core.projections.cells import number, text
from core.query.shapes import Json
from core.registry.references import RegistryResource
from core.storage.interface import RowReader, Where
from core.storage.reading import every

type Counts = Mapping[str, int]
"""How many images there are of each health."""


def assessment(
    key: AssessmentKey,
    resource: RegistryResource,
    registered: Registered,
    counts: Counts,
    *,
    metadata: bool = False,
    app: str | None = None,
) -> dict[str, Json]:
    """What one of the two assessments says of a registry; with the app's own address, also where a
    page of it shows the registry."""
    properties: dict[str, Json] = {
        "displayName": DISPLAY_NAMES[key],
        "resourceDetails": {"source": "Azure", "id": str(resource)},
        "status": _status(registered, counts),
        "additionalData": {
            f"{health.value[0].lower()}{health.value[1:]}Images": str(counts.get(health, 0))
            for health in Health
        },
    }
    if metadata:
        properties["metadata"] = {
            "displayName": DISPLAY_NAMES[key],
            "description": "Images in the registry have vulnerabilities that are known.",
            "remediationDescription": "Upgrade what each sub-assessment names, and push again.",
            "severity": "High",
            "assessmentType": "CustomerManaged",
            "categories": ["Compute"],
        }
    if app is not None:
        page = f"{app}/images?{urlencode({'registry': registered.login_server})}"
        properties["links"] = {"azurePortalUri": page}
    return {
        "id": f"{resource}/providers/Microsoft.Security/assessments/{key}",
        "name": key.value,
        "type": "Microsoft.Security/assessments",
        "properties": properties,
    }


def _status(registered: Registered, counts: Counts) -> dict[str, Json]:
    """Worst first."""
    if unhealthy := counts.get(Health.UNHEALTHY, 0):
        return _said("Unhealthy", "", f"{unhealthy} images have vulnerabilities")
    if registered.unsupported is not None:
        return _said("NotApplicable", registered.unsupported.value, registered.message)
    if unscanned := counts.get(Health.UNSCANNED, 0):
        return _said("NotApplicable", "Unscanned", f"{unscanned} images are not judged yet")
    if counts.get(Health.HEALTHY, 0):
        return _said("Healthy", "", "no image has a vulnerability that is known")
    return _said("NotApplicable", "NoImages", "the registry has no image that can be scanned")


def _said(code: str, cause: str, description: str) -> dict[str, Json]:
    return {"code": code, "cause": cause, "description": description}


class Assessments:
    """Adds up registries' images."""

    def __init__(self, images: RowReader) -> None:
        """`images` is their view, with its totals."""
        self._images = images

    async def of(
        self,
        registries: Mapping[RegistryResource, Registered],
        keys: Sequence[AssessmentKey],
        *,
        metadata: bool = False,
        app: str | None = None,
    ) -> list[Json]:
        """Those assessments of these registries, in the order of their ids."""
        subscriptions = {resource.subscription for resource in registries}
        counted = {name: await self._counts(name) for name in subscriptions}
        return [
            assessment(
                key,
                resource,
                registered,
                counted[resource.subscription].get(registered.login_server, {}),
                metadata=metadata,
                app=app,
            )
            for resource, registered in sorted(registries.items(), key=lambda one: str(one[0]))
            for key in keys
        ]

    async def _counts(self, subscription: str) -> Mapping[str, Counts]:
        """The health of a subscription's images, by login server."""
        where = (
            Where("RowKey", "ge", "t|"),
            Where("RowKey", "lt", "t}"),
            Where("subscription", "eq", subscription),
        )
        counted: dict[str, Counter[str]] = {}
        async for row in every(self._images, where):
            counts = counted.setdefault(text(row.cells, "registry"), Counter())
            counts.update({health: number(row.cells, health) for health in Health})
        return counted
