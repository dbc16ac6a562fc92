"""HTTP: sub-assessments and assessments, as clients of Azure's security API ask for them.

Below the app's prefix, paths are those of Azure Resource Manager: such a client needs no more than
another base address. `docs/api.md` says which.
"""

from collections.abc import Mapping

import azure.functions as func

from core.azure_shapes.versions import CloudFault
from core.query.shapes import Json
from functions.bootstrap import services
from functions.http import METHODS, Reply, cloud_error, respond

blueprint = func.Blueprint()


@blueprint.function_name("security")
@blueprint.route(route="subscriptions/{*path}", methods=METHODS, trigger_arg_name="request")
async def security(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/subscriptions/{scope}/providers/Microsoft.Security/…"""
    path = f"subscriptions/{request.route_params.get('path', '')}"
    here = str(request.url).partition("?")[0]

    async def answer(given: Mapping[str, str]) -> Json | Reply:
        told = await (await services()).answers.security.answer(path, given, here)
        return Reply(status=told.status, body=told.body) if isinstance(told, CloudFault) else told

    return await respond(request, answer, failing=cloud_error)
