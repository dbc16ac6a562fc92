"""HTTP: what to upgrade."""

import azure.functions as func

from core.access.roles import Role
from functions.routes import ask, route

blueprint = func.Blueprint()


@route(blueprint, "recommendation_list", "recommendations", scoped=True, get=Role.READER)
async def recommendation_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/recommendations?by="""
    return await ask(request, lambda core, given: core.answers.recommendations.page(given))
