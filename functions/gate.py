"""HTTP: the gate, which pipelines ask before they go on."""

import azure.functions as func

from core.access.roles import Role
from core.answers.gate import GateAnswer
from core.gate.policy import WrittenQuestion
from core.openapi.operations import acts
from functions.callers import scope_of
from functions.routes import ask, route

blueprint = func.Blueprint()


@route(
    blueprint,
    "gate",
    "gate",
    acts("POST", "gate", GateAnswer, "May this image go on?", group="Gate", body=WrittenQuestion),
    scoped=True,
    post=Role.READER,
)
async def gate(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/gate"""
    body, scope = request.get_body(), scope_of(request)
    return await ask(request, lambda core, given: core.answers.gate.ask(body, given, scope))
