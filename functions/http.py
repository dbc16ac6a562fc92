"""HTTP in and out: from the query string to JSON, or to a document."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import azure.functions as func

from core.errors import PratiqueError
from core.query.documents import Document
from functions.problems import Failing, failed, problem
from functions.questions import question_of
from functions.sending import Body, json_of, response

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What routes list, so that the app itself answers what is not allowed."""


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


async def respond(
    request: func.HttpRequest, answer: Answer, *, failing: Failing = problem
) -> func.HttpResponse:
    """The response to a request. Errors are problems, unless they are to be told otherwise."""
    try:
        return _told(await answer(question_of(request)), failing)
    except PratiqueError as error:
        return failed(request, error, failing)


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
            return response(told.content, HTTPStatus.OK, told.media_type, named | linked)
        case bytes():
            return response(told, HTTPStatus.OK, "application/vnd.cyclonedx+json", {})
    return _json(told, HTTPStatus.OK, {})


def _reply(reply: Reply, failing: Failing) -> func.HttpResponse:
    if reply.status >= HTTPStatus.BAD_REQUEST and isinstance(reply.body, str):
        return failing(reply.status, reply.body, headers=reply.headers)
    return _json(reply.body, reply.status, reply.headers)


def _json(body: Body, status: HTTPStatus, headers: Mapping[str, str]) -> func.HttpResponse:
    return response(json_of(body), status, "application/json", headers)
