"""HTTP: what to upgrade."""

import azure.functions as func

from core.access.roles import Role
from core.answers.recommendations import GroupRecommendations, ImageRecommendations
from core.openapi.operations import reads
from core.query.asked import BY, PAGING, REGISTRY, REPOSITORY, SUBSCRIPTION
from functions.routes import ask, route

blueprint = func.Blueprint()


@route(
    blueprint,
    "recommendation_list",
    "recommendations",
    reads(
        "recommendations",
        (ImageRecommendations, GroupRecommendations),
        "What is unhealthy, and the smallest set of upgrades that resolves it.",
        *(BY, SUBSCRIPTION, REGISTRY, REPOSITORY, *PAGING),
        group="Findings",
    ),
    scoped=True,
    get=Role.READER,
)
async def recommendation_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/recommendations?by="""
    return await ask(request, lambda core, given: core.answers.recommendations.page(given))
