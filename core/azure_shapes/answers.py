"""Answers `Microsoft.Security`: finds what is asked for, in which version, of which registries."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlencode, urljoin

from core.access import scope as access
from core.azure_shapes.assessments import Assessments
from core.azure_shapes.keys import AssessmentKey, assessment_key
from core.azure_shapes.pages import SubAssessments
from core.azure_shapes.scopes import AssessmentsAsked, Scope, SubAssessmentsAsked, parse_asked
from core.azure_shapes.versions import (
    ASSESSMENT_VERSIONS,
    SUB_ASSESSMENT_VERSIONS,
    CloudFault,
    version_fault,
)
from core.domain.registries import Registered
from core.enrolment.plans import Plans
from core.query.parameters import Parameters, known
from core.query.shapes import Json
from core.registry.references import RegistryResource, parse_resource

type Found = Mapping[RegistryResource, Registered]

_SKIP = "$skipToken"
_EXPANSIONS = {"links": "links", "metadata": "metadata"}


class SecurityQueries:
    """Answers in Azure's shapes."""

    def __init__(
        self,
        plans: Plans,
        assessments: Assessments,
        sub_assessments: SubAssessments,
        *,
        seen: access.Scope = access.EVERYWHERE,
    ) -> None:
        """`seen` is what the caller may see: registries outside are not there."""
        self._seen = seen
        self._plans = plans
        self._assessments = assessments
        self._sub_assessments = sub_assessments

    async def answer(self, path: str, given: Mapping[str, str], here: str) -> Json | CloudFault:
        """The answer to a path below the app's prefix. `here` is the address that was asked, less
        its query: the next page's address begins with it. InvalidInput for what makes no sense."""
        match parse_asked(path):
            case SubAssessmentsAsked() as asked:
                fault = version_fault(given, SUB_ASSESSMENT_VERSIONS)
                return fault or await self._below(asked, given, here)
            case AssessmentsAsked() as asked:
                fault = version_fault(given, ASSESSMENT_VERSIONS)
                return fault or await self._above(asked, given, here)
            case None:
                return _missing("InvalidResourceType", f"there is nothing like {path[:200]!r} here")

    async def _below(
        self, asked: SubAssessmentsAsked, given: Mapping[str, str], here: str
    ) -> Json | CloudFault:
        keys = _keys(asked.assessment)
        found = await self._registries(asked.scope)
        if isinstance(found, CloudFault):
            return found
        if not keys:
            return _no_assessment(asked.assessment)
        by_server = {registered.login_server: resource for resource, registered in found.items()}
        if asked.name is not None:
            Parameters(given, known=frozenset({"api-version"}))
            shown = await self._sub_assessments.one(by_server, asked.name)
            if not isinstance(shown, dict) or f"/{keys[0]}/" not in str(shown["id"]):
                return _missing("ResourceNotFound", f"no sub-assessment {asked.name[:40]!r} here")
            return shown
        question = _question(asked, given)
        page = await self._sub_assessments.page(by_server, keys, question.paging().token)
        answer: dict[str, Json] = {"value": page.value}
        if page.next is not None:
            further = {"api-version": given["api-version"], _SKIP: question.seal(page.next)}
            answer["nextLink"] = f"{here}?{urlencode(further)}"
        return answer

    async def _above(
        self, asked: AssessmentsAsked, given: Mapping[str, str], here: str
    ) -> Json | CloudFault:
        parameters = Parameters(given, known=frozenset({"api-version", "$expand"}))
        more = parameters.choice("$expand", _EXPANSIONS)
        found = await self._registries(asked.scope)
        if isinstance(found, CloudFault):
            return found
        keys = _keys(asked.assessment)
        app = urljoin(here, "/").rstrip("/") if more == "links" else None
        shown = await self._assessments.of(found, keys, metadata=more == "metadata", app=app)
        if asked.assessment is None:
            return {"value": shown}
        if asked.scope.registry is None or not shown:
            return _no_assessment(asked.assessment)
        return shown[0]

    async def _registries(self, scope: Scope) -> Found | CloudFault:
        """The registries in a scope, as they were found last."""
        subscription = await self._plans.one(scope.subscription)
        if subscription is None:
            name = scope.subscription[:64]
            return _missing("SubscriptionNotFound", f"subscription {name!r} is not looked after")
        every = {parse_resource(one): found for one, found in subscription.registries.items()}
        covered = {
            one: found
            for one, found in every.items()
            if scope.covers(one) and self._seen.touches(found.login_server)
        }
        if scope.registry is not None and not covered:
            return _missing(
                "ResourceNotFound", f"no registry {scope.registry[:50]!r} in this scope"
            )
        return covered


def _question(asked: SubAssessmentsAsked, given: Mapping[str, str]) -> Parameters:
    """What is asked, and where: a token serves only the question that it was given out for."""
    Parameters(given, known=frozenset({"api-version", _SKIP}))
    scope = asked.scope
    question = {
        "scope": "/".join((scope.subscription, scope.group or "", scope.registry or "")),
        "assessment": (asked.assessment or "").lower(),
    }
    if _SKIP in given:
        question["continuationToken"] = given[_SKIP]
    return Parameters(question, known=known("scope", "assessment"))


def _keys(assessment: str | None) -> Sequence[AssessmentKey]:
    """The assessments that are asked for; none where it is one that there is not."""
    if assessment is None:
        return tuple(AssessmentKey)
    key = assessment_key(assessment)
    return () if key is None else (key,)


def _no_assessment(name: str | None) -> CloudFault:
    there_are = " and ".join(AssessmentKey)
    return _missing(
        "ResourceNotFound",
        f"no assessment {(name or '')[:40]!r} of this resource; registries have {there_are}",
    )


def _missing(code: str, message: str) -> CloudFault:
    return CloudFault(status=HTTPStatus.NOT_FOUND, code=code, message=message)
