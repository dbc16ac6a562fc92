"""HTTP: the gate, which pipelines ask before they go on."""

import azure.functions as func

from core.access.roles import Role
from functions.routes import ask, route

blueprint = func.Blueprint()


@route(blueprint, "gate", "gate", post=Role.READER)
async def gate(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/gate"""
    body = request.get_body()
    return await ask(request, lambda core, given: core.answers.gate.ask(body, given))
