"""HTTP: what is asked before something is done: the gate, and what advisories would bring."""

import azure.functions as func

from core.access.roles import Role
from core.answers.gate import GateAnswer
from core.answers.whatif import WhatIf
from core.gate.policy import WrittenQuestion
from core.openapi.operations import acts
from core.query.whatif import OsvRecord
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


@route(
    blueprint,
    "whatif",
    "whatif",
    acts(
        "POST",
        "whatif",
        WhatIf,
        "What would these OSV records bring?",
        group="Advisories",
        body=list[OsvRecord],
    ),
    post=Role.READER,
)
async def whatif(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/whatif"""
    body = request.get_body()
    return await ask(request, lambda core, given: core.answers.whatif.ask(body, given))
