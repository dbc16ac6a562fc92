"""The operations in Azure's own shapes, as the API's description has them: each in every scope."""

from collections.abc import Iterator

from core.answers.azure import ArmPage, ArmResource
from core.openapi.operations import Operation, Parameter, reads
from core.query.asked import API_VERSION, EXPAND, SKIP_TOKEN, Guid, named

_SUBSCRIPTION = named("subscription", "The subscription's id.", Guid)
_GROUP = named("group", "The resource group's name.")
_REGISTRY = named("registry", "The registry's name.")
_KEY = named("key", "Which assessment: docs/api.md lists both.", Guid)
_NAME = named("name", "The sub-assessment's name.", Guid)

_IN_GROUP = "subscriptions/{subscription}/resourceGroups/{group}"
_SCOPES: tuple[tuple[str, tuple[Parameter, ...]], ...] = (
    ("subscriptions/{subscription}", (_SUBSCRIPTION,)),
    (_IN_GROUP, (_SUBSCRIPTION, _GROUP)),
    (
        f"{_IN_GROUP}/providers/Microsoft.ContainerRegistry/registries/{{registry}}",
        (_SUBSCRIPTION, _GROUP, _REGISTRY),
    ),
)
_PROVIDER = "providers/Microsoft.Security"


def azure_operations() -> Iterator[Operation]:
    """All of them."""
    for scope, named_in_it in _SCOPES:
        below = f"{scope}/{_PROVIDER}/assessments/{{key}}/subAssessments"
        paged = (API_VERSION, SKIP_TOKEN)
        yield _arm(f"{scope}/{_PROVIDER}/subAssessments", ArmPage, *named_in_it, *paged)
        yield _arm(below, ArmPage, *named_in_it, _KEY, *paged)
        yield _arm(f"{below}/{{name}}", ArmResource, *named_in_it, _KEY, _NAME, API_VERSION)
        above = (API_VERSION, EXPAND)
        yield _arm(f"{scope}/{_PROVIDER}/assessments", ArmPage, *named_in_it, *above)
    scope, named_in_it = _SCOPES[-1]
    one = f"{scope}/{_PROVIDER}/assessments/{{key}}"
    yield _arm(one, ArmResource, *named_in_it, _KEY, *above)


def _arm(path: str, kind: object, *parameters: Parameter) -> Operation:
    says = (
        "Sub-assessments of images." if "subAssessments" in path else "Assessments of registries."
    )
    return reads(path, kind, says, *parameters, group="Azure", arm=True)
