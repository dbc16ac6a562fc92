"""HTTP: Kusto queries, as clients of Azure Resource Graph ask them."""

from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func

from core.access.roles import Role
from core.answers.azure import QueryAnswer
from core.azure_shapes.versions import version_fault
from core.errors import InvalidInput
from core.openapi.operations import acts
from core.query.asked import API_VERSION
from core.query.parameters import Parameters
from core.resource_graph.graph import NotReady
from core.resource_graph.problems import fault_of, not_ready
from core.resource_graph.questions import VERSIONS, Question, read_question
from functions.bootstrap import Services
from functions.callers import scope_of
from functions.http import Reply
from functions.problems import cloud_error
from functions.routes import ask, route

blueprint = func.Blueprint()

_PATH = "providers/Microsoft.ResourceGraph/resources"
_KNOWN = frozenset({API_VERSION.name})
_SOON = {"Retry-After": "5"}


@route(
    blueprint,
    "resource_graph",
    _PATH,
    acts(
        "POST",
        _PATH,
        QueryAnswer,
        "What a Kusto query gives.",
        API_VERSION,
        group="Azure",
        body=Question,
        arm=True,
    ),
    scoped=True,
    failing=cloud_error,
    post=Role.READER,
)
async def resource_graph(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/providers/Microsoft.ResourceGraph/resources"""

    async def answer(core: Services, given: Mapping[str, str]) -> Reply:
        Parameters(given, known=_KNOWN)
        if (fault := version_fault(given, VERSIONS)) is not None:
            return Reply(status=fault.status, body=fault.body)
        try:
            question = read_question(request.get_body())
            told = await core.answers.resource_graph.answer(question, scope_of(request))
        except InvalidInput as error:
            return Reply(status=HTTPStatus.BAD_REQUEST, body=fault_of(error))
        if isinstance(told, NotReady):
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return Reply(status=status, body=not_ready(), headers=_SOON)
        return Reply(status=HTTPStatus.OK, body=told.body, headers=told.brought.headers)

    return await ask(request, answer, failing=cloud_error)
