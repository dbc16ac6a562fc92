"""HTTP: what to upgrade."""

from collections.abc import Mapping

import azure.functions as func

from core.query.shapes import Json
from functions.bootstrap import services
from functions.http import METHODS, respond

blueprint = func.Blueprint()


@blueprint.function_name("recommendation_list")
@blueprint.route(route="recommendations", methods=METHODS, trigger_arg_name="request")
async def recommendation_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/recommendations?by="""

    async def answer(given: Mapping[str, str]) -> Json:
        return await (await services()).answers.recommendations.page(given)

    return await respond(request, answer)
