"""HTTP: sub-assessments and assessments, as clients of Azure's security API ask for them.

Below the app's prefix, paths are those of Azure Resource Manager: such a client needs no more than
another base address. `docs/api.md` says which.
"""

from collections.abc import Mapping

import azure.functions as func

from core.access.roles import Role
from core.azure_shapes.operations import azure_operations
from core.azure_shapes.versions import CloudFault
from core.query.shapes import Json
from functions.bootstrap import Services
from functions.http import Reply
from functions.problems import cloud_error
from functions.routes import ask, route

blueprint = func.Blueprint()


@route(
    blueprint,
    "security",
    "subscriptions/{*path}",
    *azure_operations(),
    scoped=True,
    failing=cloud_error,
    get=Role.READER,
)
async def security(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/subscriptions/{scope}/providers/Microsoft.Security/…"""
    path = f"subscriptions/{request.route_params.get('path', '')}"
    here = str(request.url).partition("?")[0]

    async def answer(core: Services, given: Mapping[str, str]) -> Json | Reply:
        told = await core.answers.security.answer(path, given, here)
        return Reply(status=told.status, body=told.body) if isinstance(told, CloudFault) else told

    return await ask(request, answer, failing=cloud_error)
