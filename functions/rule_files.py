"""HTTP: a file of all rules.

The host tries routes in the order of their functions' names: these come before `rules_one`, whose
route takes any name.
"""

from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func

from core.query.shapes import Json
from core.rules.desk import Changed, Full
from functions.bootstrap import services
from functions.callers import caller
from functions.http import METHODS, Reply, respond

blueprint = func.Blueprint()


@blueprint.function_name("rules_apply")
@blueprint.route(route="rules/apply", methods=METHODS, trigger_arg_name="request")
async def rules_apply(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/rules/apply?subscription=&dryRun="""

    async def answer(given: Mapping[str, str]) -> Json | Reply:
        files = (await services()).ruling.files
        return _reply(await files.apply(request.get_body(), given, caller(request)))

    return await respond(request, answer, allowed=("POST",))


def _reply(done: Json | Changed | Full) -> Json | Reply:
    """What stopped a document says how to go on: the same again does what is left."""
    if isinstance(done, Changed | Full):
        return Reply(status=HTTPStatus.CONFLICT, body=done.reason)
    return done
