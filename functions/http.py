"""HTTP in and out: problems, JSON. Errors are problem details (RFC 9457)."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

import azure.functions as func
import msgspec

from core.azure_shapes.versions import CloudFault
from core.errors import Contended, InvalidInput, NotNow, PratiqueError, StorageUnavailable
from core.query.documents import Document
from core.query.shapes import Json

logger = logging.getLogger(__name__)

type Body = Json | msgspec.Struct
"""What is sent as JSON: one of the types of `core/answers`, or what is JSON already."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What routes list, so that the app itself answers what is not allowed."""

_RETRY_AFTER = "5"
"""Seconds: storage that refuses for now does so for a few."""
SAFE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
"""What every response says, unless it says something else: a browser keeps nothing, guesses
nothing, runs nothing, tells no other site where it was, and comes over TLS alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer with a status of its own. One of 400 or more whose body is a text is a problem."""

    status: HTTPStatus
    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)


type Told = Body | bytes | Document | Reply
"""An answer; `None` for what is not there."""

type Answer = Callable[[Mapping[str, str]], Awaitable[Told]]
"""From the query string to the answer."""


class Failing(Protocol):
    """How an error is told."""

    def __call__(
        self, status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> func.HttpResponse:
        """The response with that status, which says what happened and what to do."""


async def respond(
    request: func.HttpRequest, answer: Answer, *, failing: Failing | None = None
) -> func.HttpResponse:
    """The response to a request. Errors are problems, unless they are to be told otherwise."""
    failing = failing or problem
    try:
        return _told(await answer(dict(request.params)), failing)
    except PratiqueError as error:
        return _failed(request, error, failing)


def _failed(request: func.HttpRequest, error: PratiqueError, failing: Failing) -> func.HttpResponse:
    """What somebody is told whose question went wrong; what is our own fault stands in the log."""
    match error:
        case InvalidInput():
            return failing(HTTPStatus.BAD_REQUEST, str(error))
        case NotNow():
            return failing(HTTPStatus.CONFLICT, str(error))
        case StorageUnavailable() | Contended():
            logger.warning("%s %s: %s", request.method, _path(request), error)
            return failing(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "storage does not answer; try again",
                headers={"Retry-After": _RETRY_AFTER},
            )
    logger.error("%s %s", request.method, _path(request), exc_info=error)
    detail = f"{type(error).__name__}: the app's log says more"
    return failing(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _told(told: Told, failing: Failing) -> func.HttpResponse:
    """An answer as it is sent."""
    match told:
        case None:
            return failing(HTTPStatus.NOT_FOUND, "there is nothing here by that name")
        case Reply():
            return _reply(told, failing)
        case Document():
            named = {"Content-Disposition": f'attachment; filename="{told.file_name}"'}
            linked = {"Link": f'<{told.next}>; rel="next"'} if told.next else {}
            return _response(told.content, HTTPStatus.OK, told.media_type, named | linked)
        case bytes():
            return _response(told, HTTPStatus.OK, "application/vnd.cyclonedx+json", {})
    return _response(msgspec.json.encode(told), HTTPStatus.OK, "application/json", {})


def problem(
    status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """An error, as RFC 9457 wants it."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    encoded = msgspec.json.encode(body)
    return _response(encoded, status, "application/problem+json", headers or {})


def cloud_error(
    status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """An error, as Azure Resource Manager tells it: its code is the status in words."""
    fault = CloudFault(status=status, code=status.phrase.replace(" ", ""), message=detail)
    body = msgspec.json.encode(fault.body)
    return _response(body, status, "application/json", headers or {})


def _reply(reply: Reply, failing: Failing) -> func.HttpResponse:
    if reply.status >= HTTPStatus.BAD_REQUEST and isinstance(reply.body, str):
        return failing(reply.status, reply.body, headers=reply.headers)
    body = msgspec.json.encode(reply.body)
    return _response(body, reply.status, "application/json", reply.headers)


def _response(
    body: bytes, status: HTTPStatus, media_type: str, headers: Mapping[str, str]
) -> func.HttpResponse:
    return func.HttpResponse(
        body=body,
        status_code=status.value,
        mimetype=media_type,
        headers={**SAFE, **headers},
    )


def _path(request: func.HttpRequest) -> str:
    """What was asked, without the query string, which may hold the key."""
    return str(request.url).partition("?")[0]
