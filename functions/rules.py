"""HTTP: disable rules. Queue and timer: apply them, and end those whose time has come.

The host tries routes in the order of their functions' names: `rules_one`, whose route takes any
name, comes last.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import azure.functions as func
import msgspec

from core.access.roles import Role
from core.answers.rules import Rule, RuleHistory, RulePreview, RuleRemoved, Rules
from core.openapi.operations import acts, reads
from core.query.asked import AS_OF, OWNER, RULE, WHOSE, RuleName, named
from core.rules.desk import Changed, Done, Full
from core.rules.reading import WrittenRule
from core.rules.shapes import rule_of
from functions.bootstrap import Services, services
from functions.callers import caller
from functions.http import Reply
from functions.routes import Question, ask, route
from functions.sending import Body

blueprint = func.Blueprint()

_ONE = (named("rule", "The rule's name.", RuleName), OWNER)


class _News(msgspec.Struct, frozen=True):
    """A hint: somebody changed that subscription's rules."""

    subscription: str


@route(
    blueprint,
    "rule_list",
    "rules",
    reads(
        "rules",
        Rules,
        "The rules in force, of one subscription or all.",
        *(WHOSE, AS_OF),
        group="Rules",
    ),
    get=Role.READER,
)
async def rule_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/rules"""
    return await ask(request, lambda core, given: core.ruling.queries.all(given))


@route(
    blueprint,
    "rules_history",
    "rules/history",
    reads(
        "rules/history", RuleHistory, "All that happened to rules.", *(OWNER, RULE), group="Rules"
    ),
    get=Role.READER,
)
async def rules_history(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/rules/history?subscription="""
    return await ask(request, lambda core, given: core.ruling.queries.history(given))


@route(
    blueprint,
    "rules_effect",
    "rules/preview",
    acts(
        "POST",
        "rules/preview",
        RulePreview,
        "What a rule would disable.",
        OWNER,
        group="Rules",
        body=WrittenRule,
    ),
    post=Role.READER,
)
async def rules_effect(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/rules/preview?subscription="""
    body = request.get_body()
    return await ask(request, lambda core, given: core.ruling.queries.preview(body, given))


@route(
    blueprint,
    "rules_one",
    "rules/{rule}",
    reads("rules/{rule}", Rule, "A rule in force.", *_ONE, AS_OF, group="Rules"),
    acts(
        "PUT",
        "rules/{rule}",
        Rule,
        "Put it in force; If-Match and If-None-Match say what is there now.",
        *_ONE,
        group="Rules",
        body=WrittenRule,
        statuses=(HTTPStatus.OK, HTTPStatus.CREATED),
        problems=frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}),
    ),
    acts(
        "DELETE",
        "rules/{rule}",
        RuleRemoved,
        "Take it back.",
        *_ONE,
        group="Rules",
        problems=frozenset({HTTPStatus.PRECONDITION_FAILED}),
    ),
    get=Role.READER,
    put=Role.ADMINISTRATOR,
    delete=Role.ADMINISTRATOR,
)
async def rules_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET, PUT and DELETE /api/rules/{rule}?subscription="""
    rule = request.route_params.get("rule", "")
    questions: dict[str, Question] = {
        "GET": lambda core, given: _one(core, rule, given),
        "PUT": lambda core, given: _put(core, rule, given, request),
        "DELETE": lambda core, given: _delete(core, rule, given, request),
    }
    return await ask(request, questions.get(str(request.method), questions["GET"]))


@blueprint.function_name("apply_rules")
@blueprint.queue_trigger(arg_name="message", queue_name="rules", connection="AzureWebJobsStorage")
async def apply_rules(message: func.QueueMessage) -> None:
    """Apply a subscription's rules to the images that they touch."""
    core = await services()
    try:
        news = msgspec.json.decode(message.get_body(), type=_News)
    except msgspec.MsgspecError as error:
        core.counters.count("rules-message-malformed", str(error))
        return
    await core.ruling.applier.apply(news.subscription, now=datetime.now(UTC))


@blueprint.function_name("rules_due")
@blueprint.timer_trigger(arg_name="timer", schedule="5 * * * * *")
async def rules_due(timer: func.TimerRequest) -> None:
    """End the rules whose time has come, and apply what no message announced."""
    await (await services()).ruling.applier.run(now=datetime.now(UTC))


async def _one(core: Services, rule: str, given: Mapping[str, str]) -> Body | Reply:
    found = await core.ruling.queries.one(rule, given)
    return None if found is None else _with_etag(HTTPStatus.OK, found)


async def _put(
    core: Services, rule: str, given: Mapping[str, str], request: func.HttpRequest
) -> Body | Reply:
    headers = dict(request.headers)
    done = await core.ruling.queries.put(rule, request.get_body(), given, headers, caller(request))
    match done:
        case Done(rule=found, new=new) if found is not None:
            shown = rule_of(found, given["subscription"].lower())
            return _with_etag(HTTPStatus.CREATED if new else HTTPStatus.OK, shown)
        case Full(reason=reason):
            return Reply(status=HTTPStatus.CONFLICT, body=reason)
        case Changed(reason=reason):
            return Reply(status=HTTPStatus.PRECONDITION_FAILED, body=reason)
    return None


async def _delete(
    core: Services, rule: str, given: Mapping[str, str], request: func.HttpRequest
) -> Body | Reply:
    done = await core.ruling.queries.remove(rule, given, dict(request.headers), caller(request))
    match done:
        case Changed(reason=reason):
            return Reply(status=HTTPStatus.PRECONDITION_FAILED, body=reason)
        case Done():
            return Reply(status=HTTPStatus.OK, body=RuleRemoved(removed=rule))
    return None


def _with_etag(status: HTTPStatus, rule: Rule) -> Reply:
    return Reply(status=status, body=rule, headers={"ETag": f'"{rule.version}"'})
