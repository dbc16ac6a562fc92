"""HTTP: plans are switched and shown, registries are listed."""

from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func
import msgspec
from msgspec.structs import replace

from core.access.roles import Role
from core.answers.plans import Plan, Plans, Registries, SweepAccepted
from core.enrolment.enrolment import NotEnrolled
from core.errors import InvalidReference
from core.openapi.operations import acts, reads
from core.query.asked import SUBSCRIPTION, named
from core.query.parameters import Parameters
from core.query.plans import WantedPlan, plan_of, wanted
from core.registry.references import parse_resource
from functions.bootstrap import Services, services
from functions.callers import caller, scope_of
from functions.http import Reply
from functions.routes import Question, ask, route
from functions.sending import Body

blueprint = func.Blueprint()

_WHOSE = named("subscription", "The subscription's id.")


class _Asked(msgspec.Struct, frozen=True):
    """A message that says which registry is to be swept."""

    registry: str


@route(
    blueprint,
    "plan_list",
    "plans",
    reads("plans", Plans, "Which subscriptions are scanned.", group="Plans"),
    get=Role.READER,
)
async def plan_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/plans"""
    return await ask(request, lambda core, given: core.holdings.plans.all(given))


@route(
    blueprint,
    "plan_one",
    "plans/{subscription}",
    reads("plans/{subscription}", Plan, "A subscription's plan.", _WHOSE, group="Plans"),
    acts(
        "PUT",
        "plans/{subscription}",
        Plan,
        "Switch it; on, it is told how many images wait and what they cost.",
        _WHOSE,
        group="Plans",
        body=WantedPlan,
    ),
    get=Role.READER,
    put=Role.ADMINISTRATOR,
)
async def plan_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET and PUT /api/plans/{subscription}"""
    subscription = request.route_params.get("subscription", "")
    if request.method == "PUT":
        return await ask(request, _switch(request, subscription))
    return await ask(request, lambda core, given: core.holdings.plans.one(subscription, given))


@route(
    blueprint,
    "registry_sweep",
    "registries/{name}/reconcile",
    acts(
        "POST",
        "registries/{name}/reconcile",
        SweepAccepted,
        "Look for what no event announced.",
        named("name", "The registry's name, or its login server."),
        group="Plans",
        statuses=(HTTPStatus.ACCEPTED,),
        problems=frozenset({HTTPStatus.CONFLICT}),
    ),
    post=Role.ADMINISTRATOR,
)
async def registry_sweep(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/registries/{name}/reconcile"""
    name = request.route_params.get("name", "")

    async def answer(core: Services, given: Mapping[str, str]) -> Body | Reply:
        Parameters(given, known=frozenset())
        asked = await core.holdings.sweeper.ask_one(name)
        if asked is None:
            return None
        if isinstance(asked, NotEnrolled):
            return Reply(status=HTTPStatus.CONFLICT, body=asked.reason)
        return Reply(status=HTTPStatus.ACCEPTED, body=SweepAccepted(registry=str(asked.resource)))

    return await ask(request, answer)


@blueprint.function_name("sweep_registry")
@blueprint.queue_trigger(
    arg_name="message", queue_name="reconcile", connection="AzureWebJobsStorage"
)
async def sweep_registry(message: func.QueueMessage) -> None:
    """A slice of a registry's sweep."""
    core = await services()
    try:
        registry = parse_resource(msgspec.json.decode(message.get_body(), type=_Asked).registry)
    except (msgspec.MsgspecError, InvalidReference) as error:
        core.counters.count("sweep-message-malformed", str(error))
        return
    await core.holdings.sweeper.run(registry)


@route(
    blueprint,
    "registry_list",
    "registries",
    reads(
        "registries",
        Registries,
        "The registries that were found: scanned, or why not.",
        SUBSCRIPTION,
        group="Plans",
    ),
    scoped=True,
    get=Role.READER,
)
async def registry_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/registries?subscription="""
    scope = scope_of(request)
    return await ask(request, lambda core, given: core.holdings.plans.registries(given, scope))


def _switch(request: func.HttpRequest, subscription: str) -> Question:
    """Switches the plan as the request's body says."""

    async def answer(core: Services, given: Mapping[str, str]) -> Body | Reply:
        Parameters(given, known=frozenset())
        on = wanted(request.get_body())
        if await core.plans.one(subscription) is None:
            return Reply(status=HTTPStatus.NOT_FOUND, body=_UNKNOWN)
        return await switched(core, subscription, on=on, by=caller(request))

    return answer


async def switched(core: Services, subscription: str, *, on: bool, by: str) -> Plan | None:
    """Switch a subscription's plan, and say what waits there."""
    if on:
        await core.holdings.discovery.look(subscription.lower())
    await core.plans.switch(subscription, on=on, by=by)
    core.enrolment.forget()
    found = await core.plans.one(subscription)
    if found is None or not on:
        return None if found is None else plan_of(found)
    estimate = await core.holdings.estimator.of(subscription.lower())
    await core.holdings.sweeper.ask(subscription)
    return replace(plan_of(found), waiting=estimate)


_UNKNOWN = (
    "the app knows of no such subscription: name it in PRATIQUE_SUBSCRIPTIONS, and give the app's"
    " identity the Reader role there"
)
