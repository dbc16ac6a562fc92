"""HTTP: disable rules. Queue and timer: apply them, and end those whose time has come.

The host tries routes in the order of their functions' names: `rules_one`, whose route takes any
name, comes last.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import azure.functions as func
import msgspec

from core.query.shapes import Json
from core.rules.desk import Changed, Done, Full
from core.rules.shapes import rule_of
from functions.bootstrap import Services, services
from functions.callers import caller
from functions.http import METHODS, Answer, Reply, respond

blueprint = func.Blueprint()

type Ask = Callable[[Services, Mapping[str, str]], Awaitable[Json | Reply]]
"""A question, with its query string, to the process's services."""


class _News(msgspec.Struct, frozen=True):
    """A hint: somebody changed that subscription's rules."""

    subscription: str


@blueprint.function_name("rule_list")
@blueprint.route(route="rules", methods=METHODS, trigger_arg_name="request")
async def rule_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/rules"""
    return await respond(request, _asking(lambda core, given: core.ruling.queries.all(given)))


@blueprint.function_name("rules_history")
@blueprint.route(route="rules/history", methods=METHODS, trigger_arg_name="request")
async def rules_history(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/rules/history?subscription="""
    return await respond(request, _asking(lambda core, given: core.ruling.queries.history(given)))


@blueprint.function_name("rules_effect")
@blueprint.route(route="rules/preview", methods=METHODS, trigger_arg_name="request")
async def rules_effect(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/rules/preview?subscription="""
    body = request.get_body()
    ask = _asking(lambda core, given: core.ruling.queries.preview(body, given))
    return await respond(request, ask, allowed=("POST",))


@blueprint.function_name("rules_one")
@blueprint.route(route="rules/{rule}", methods=METHODS, trigger_arg_name="request")
async def rules_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET, PUT and DELETE /api/rules/{rule}?subscription="""
    rule = request.route_params.get("rule", "")
    answers = {
        "PUT": lambda core, given: _put(core, rule, given, request),
        "DELETE": lambda core, given: _delete(core, rule, given, request),
    }
    ask = answers.get(str(request.method), lambda core, given: _one(core, rule, given))
    return await respond(request, _asking(ask), allowed=("GET", "HEAD", "PUT", "DELETE"))


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


def _asking(ask: Ask) -> Answer:
    """Ask the services, which are built by whoever asks first: that may go wrong too."""

    async def answer(given: Mapping[str, str]) -> Json | Reply:
        return await ask(await services(), given)

    return answer


async def _one(core: Services, rule: str, given: Mapping[str, str]) -> Json | Reply:
    found = await core.ruling.queries.one(rule, given)
    return None if found is None else _with_etag(HTTPStatus.OK, found)


async def _put(
    core: Services, rule: str, given: Mapping[str, str], request: func.HttpRequest
) -> Json | Reply:
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
) -> Json | Reply:
    done = await core.ruling.queries.remove(rule, given, dict(request.headers), caller(request))
    match done:
        case Changed(reason=reason):
            return Reply(status=HTTPStatus.PRECONDITION_FAILED, body=reason)
        case Done():
            return Reply(status=HTTPStatus.OK, body={"removed": rule})
    return None


def _with_etag(status: HTTPStatus, rule: dict[str, Json]) -> Reply:
    return Reply(status=status, body=rule, headers={"ETag": f'"{rule["version"]}"'})
