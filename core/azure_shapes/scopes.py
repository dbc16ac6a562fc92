"""What is asked for, read from a path as Azure Resource Manager writes them: without case."""

import re
from dataclasses import dataclass

from core.registry.references import RegistryResource

_ASKED = re.compile(
    r"subscriptions/(?P<subscription>[^/]+)"
    r"(?:/resourceGroups/(?P<group>[-\w.()]{0,89}[-\w()])"
    r"(?:/providers/Microsoft\.ContainerRegistry/registries/(?P<registry>[^/]+))?)?"
    r"/providers/Microsoft\.Security/"
    r"(?:(?P<all>subAssessments)"
    r"|assessments(?:/(?P<assessment>[^/]+)(?:/(?P<below>subAssessments)(?:/(?P<name>[^/]+))?)?)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A subscription, a resource group of it, or a registry of that; all in lower case."""

    subscription: str
    group: str | None = None
    registry: str | None = None

    def covers(self, resource: RegistryResource) -> bool:
        """Whether that registry is in it."""
        return (
            self.subscription == resource.subscription
            and self.group in (None, resource.resource_group)
            and self.registry in (None, resource.name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentsAsked:
    """The assessments of a scope's registries, or the one of that name."""

    scope: Scope
    assessment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAssessmentsAsked:
    """The sub-assessments in a scope, of all assessments or of one; or a single one."""

    scope: Scope
    assessment: str | None = None
    name: str | None = None


type Asked = AssessmentsAsked | SubAssessmentsAsked


def parse_asked(path: str) -> Asked | None:
    """Read a path below the app's prefix; `None` when it asks for nothing that there is."""
    found = _ASKED.fullmatch(path.strip("/"))
    if found is None:
        return None
    scope = Scope(
        subscription=found["subscription"].lower(),
        group=_lower(found["group"]),
        registry=_lower(found["registry"]),
    )
    if found["all"] or found["below"]:
        return SubAssessmentsAsked(scope=scope, assessment=found["assessment"], name=found["name"])
    return AssessmentsAsked(scope=scope, assessment=found["assessment"])


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
