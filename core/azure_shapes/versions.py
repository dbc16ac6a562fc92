"""Versions of Azure's API that are answered, and errors as Azure Resource Manager tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from core.query.shapes import Json

SUB_ASSESSMENT_VERSIONS = ("2019-01-01-preview",)
"""Of sub-assessments there was never another."""
ASSESSMENT_VERSIONS = ("2019-01-01-preview", "2020-01-01", "2021-06-01")
"""Assessments look the same in all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudFault:
    """An answer that says what is wrong (`CloudError` of the ARM resource provider contract)."""

    status: HTTPStatus
    code: str
    """One word for programs."""
    message: str

    @property
    def body(self) -> Json:
        """What is sent."""
        return {"error": {"code": self.code, "message": self.message}}


def version_fault(given: Mapping[str, str], answered: Sequence[str]) -> CloudFault | None:
    """What is wrong with the version that is asked for; `None` where it is answered."""
    version = given.get("api-version")
    if version is not None and version.lower() in answered:
        return None
    supported = f"supported are {', '.join(answered)}"
    if version is None:
        return CloudFault(
            status=HTTPStatus.BAD_REQUEST,
            code="MissingApiVersionParameter",
            message=f"the parameter api-version is missing; {supported}",
        )
    return CloudFault(
        status=HTTPStatus.BAD_REQUEST,
        code="InvalidApiVersionParameter",
        message=f"api-version {version[:40]!r} is not answered here; {supported}",
    )
