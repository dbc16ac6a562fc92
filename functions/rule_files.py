"""HTTP: a file of all rules.

The host tries routes in the order of their functions' names: these come before `rules_one`, whose
route takes any name.
"""

from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func

from core.access.roles import Role
from core.answers.rules import RulesApplied, RulesImported
from core.openapi.operations import acts
from core.query.asked import DRY_RUN, OWNER
from core.rules.desk import Changed, Full
from core.rules.documents import WrittenRules
from core.rules.exemptions import ListedExemptions
from functions.bootstrap import Services
from functions.callers import caller
from functions.http import Reply
from functions.routes import ask, route
from functions.sending import Body

blueprint = func.Blueprint()


@route(
    blueprint,
    "rules_apply",
    "rules/apply",
    acts(
        "POST",
        "rules/apply",
        RulesApplied,
        "Bring the rules to what a document lists.",
        *(OWNER, DRY_RUN),
        group="Rules",
        body=WrittenRules,
        problems=frozenset({HTTPStatus.CONFLICT}),
    ),
    post=Role.ADMINISTRATOR,
)
async def rules_apply(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/rules/apply?subscription=&dryRun="""

    async def answer(core: Services, given: Mapping[str, str]) -> Body | Reply:
        return _reply(await core.ruling.files.apply(request.get_body(), given, caller(request)))

    return await ask(request, answer)


@route(
    blueprint,
    "rules_import",
    "rules/import",
    acts(
        "POST",
        "rules/import",
        RulesImported,
        "Put Azure's exemptions in force as rules.",
        *(OWNER, DRY_RUN),
        group="Rules",
        body=ListedExemptions,
        problems=frozenset({HTTPStatus.CONFLICT}),
    ),
    post=Role.ADMINISTRATOR,
)
async def rules_import(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/rules/import?subscription=&dryRun="""

    async def answer(core: Services, given: Mapping[str, str]) -> Body | Reply:
        body, by = request.get_body(), caller(request)
        return _reply(await core.ruling.files.take_exemptions(body, given, by))

    return await ask(request, answer)


def _reply(done: RulesApplied | RulesImported | Changed | Full) -> Body | Reply:
    """What stopped a document says how to go on: the same again does what is left."""
    if isinstance(done, Changed | Full):
        return Reply(status=HTTPStatus.CONFLICT, body=done.reason)
    return done
