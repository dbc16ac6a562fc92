"""HTTP: what administrators change on pages: rules and plans. Each form leads back to its page.

The forms call what the routes under `/api` call; a rule or a reason that makes no sense is refused
by the same words.
"""

from collections.abc import Mapping

import azure.functions as func

from core.access.roles import Role
from core.errors import InvalidInput, InvalidRule, NotNow
from core.pages.preview import PreviewPage
from core.pages.rules import RuleForm, document_of
from core.pages.visit import Visit
from core.rules.desk import Changed, Full
from functions.bootstrap import Services
from functions.callers import caller
from functions.forms import form_of
from functions.page_upkeep import subscriptions_of
from functions.plans import switched
from functions.routes import route
from functions.showing import Elsewhere, Shown, show, trouble

blueprint = func.Blueprint()

ADMINISTRATOR = Role.ADMINISTRATOR


@route(
    blueprint,
    "page_plan",
    "/registries/plans/{subscription}",
    failing=trouble,
    stands_on="/registries",
    post=ADMINISTRATOR,
)
async def page_plan(request: func.HttpRequest) -> func.HttpResponse:
    """POST /registries/plans/{subscription}"""
    subscription = request.route_params.get("subscription", "")

    async def switch(core: Services, visit: Visit) -> Elsewhere | None:
        on = form_of(request).get("on") == "true"
        if await core.plans.one(subscription) is None:
            return None
        await switched(core, subscription, on=on, by=caller(request))
        return Elsewhere(address="/registries")

    return await show(request, switch)


@route(
    blueprint,
    "page_rule_preview",
    "/rules/preview",
    failing=trouble,
    stands_on="/rules",
    post=ADMINISTRATOR,
)
async def page_rule_preview(request: func.HttpRequest) -> func.HttpResponse:
    """POST /rules/preview"""

    async def preview(core: Services, visit: Visit) -> Shown:
        form = form_of(request)
        document = document_of({**form, "reason": form.get("reason") or "a preview"})
        try:
            asked = {"subscription": form.get("subscription", "")}
            shown = await core.ruling.queries.preview(document, asked)
        except InvalidRule as error:
            return Shown(template="preview.html", page=PreviewPage(trouble=str(error)))
        return Shown(template="preview.html", page=PreviewPage(preview=shown))

    return await show(request, preview)


@route(
    blueprint,
    "page_rule_set",
    "/rules/set",
    failing=trouble,
    stands_on="/rules",
    post=ADMINISTRATOR,
)
async def page_rule_set(request: func.HttpRequest) -> func.HttpResponse:
    """POST /rules/set"""

    async def put(core: Services, visit: Visit) -> Shown | Elsewhere:
        form = form_of(request)
        try:
            await _put(core, form, caller(request))
        except (InvalidInput, NotNow) as error:
            return Shown(template="rule_form.html", page=await _again(core, form, str(error)))
        return Elsewhere(address="/rules")

    return await show(request, put)


@route(
    blueprint,
    "page_rule_removal",
    "/rules/{name}/remove",
    failing=trouble,
    stands_on="/rules",
    post=ADMINISTRATOR,
)
async def page_rule_removal(request: func.HttpRequest) -> func.HttpResponse:
    """POST /rules/{name}/remove"""
    name = request.route_params.get("name", "")

    async def remove(core: Services, visit: Visit) -> Elsewhere | None:
        form = form_of(request)
        asked = {"subscription": form.get("subscription", "")}
        headers = {"if-match": f'"{form.get("version", "")}"'}
        match await core.ruling.queries.remove(name, asked, headers, caller(request)):
            case Changed(reason=reason):
                raise NotNow(reason)
            case None:
                return None
        return Elsewhere(address="/rules")

    return await show(request, remove)


async def _put(core: Services, form: Mapping[str, str], by: str) -> None:
    """Put the rule in force that the form describes. NotNow when somebody else changed it."""
    version = form.get("version", "0")
    headers = {"if-none-match": "*"} if version == "0" else {"if-match": f'"{version}"'}
    asked = {"subscription": form.get("subscription", "")}
    name = form.get("name", "")
    done = await core.ruling.queries.put(name, document_of(form), asked, headers, by)
    if isinstance(done, Changed | Full):
        raise NotNow(done.reason)


async def _again(core: Services, form: Mapping[str, str], trouble: str) -> RuleForm:
    """The form as it was filled in, and what is wrong with it."""
    version = form.get("version", "0")
    return RuleForm(
        subscription=form.get("subscription", ""),
        subscriptions=await subscriptions_of(core),
        name=form.get("name", ""),
        written=form,
        version=int(version) if version.isdigit() else 0,
        trouble=trouble,
    )
