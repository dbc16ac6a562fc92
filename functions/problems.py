"""How errors are told: as problem details (RFC 9457), or as Azure Resource Manager tells them.

What somebody asked wrongly is told to them; what is our own fault stands in the log.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

import azure.functions as func

from core.azure_shapes.versions import CloudFault
from core.errors import Contended, InvalidInput, NotNow, PratiqueError, StorageUnavailable
from core.query.shapes import Json
from functions.sending import json_of, response

logger = logging.getLogger(__name__)

_RETRY_AFTER = "5"
"""Seconds: storage that refuses for now does so for a few."""


class Failing(Protocol):
    """How an error is told."""

    def __call__(
        self, status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> func.HttpResponse:
        """The response with that status, which says what happened and what to do."""


def problem(
    status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """An error, as RFC 9457 wants it."""
    body: Json = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    return response(json_of(body), status, "application/problem+json", headers or {})


def cloud_error(
    status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """An error, as Azure Resource Manager tells it: its code is the status in words."""
    fault = CloudFault(status=status, code=status.phrase.replace(" ", ""), message=detail)
    return response(json_of(fault.body), status, "application/json", headers or {})


def failed(request: func.HttpRequest, error: PratiqueError, failing: Failing) -> func.HttpResponse:
    """What somebody is told whose question went wrong. The log has no query string of theirs, which
    may hold a key."""
    asked = f"{request.method} {str(request.url).partition('?')[0]}"
    match error:
        case InvalidInput():
            return failing(HTTPStatus.BAD_REQUEST, str(error))
        case NotNow():
            return failing(HTTPStatus.CONFLICT, str(error))
        case StorageUnavailable() | Contended():
            logger.warning("%s: %s", asked, error)
            return failing(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "storage does not answer; try again",
                headers={"Retry-After": _RETRY_AFTER},
            )
    logger.error("%s", asked, exc_info=error)
    detail = f"{type(error).__name__}: the app's log says more"
    return failing(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
