"""HTTP: the pages of whoever looks after Pratique: registries, rules, billing, operations.

The host tries functions in the order of their names: `page_rule_written` takes any name below
`/rules/`, and so comes last of those there.
"""

import asyncio
from datetime import datetime

import azure.functions as func

from core.access.roles import Role
from core.answers.billing import Bills
from core.answers.operations import FollowerStanding
from core.answers.rules import RuleHappening
from core.pages.billing import month_of
from core.pages.inventory import question
from core.pages.operations import operations_of
from core.pages.registries import Places
from core.pages.rules import RuleForm, rules_page, written_of
from core.pages.visit import Visit
from functions.bootstrap import Services
from functions.routes import ask, route
from functions.showing import Shown, show, trouble

blueprint = func.Blueprint()

READER, ADMINISTRATOR = Role.READER, Role.ADMINISTRATOR


@route(blueprint, "page_registries", "/registries", failing=trouble, get=READER)
async def page_registries(request: func.HttpRequest) -> func.HttpResponse:
    """GET /registries"""
    return await show(request, _registries)


@route(blueprint, "page_rules", "/rules", failing=trouble, get=READER)
async def page_rules(request: func.HttpRequest) -> func.HttpResponse:
    """GET /rules"""
    return await show(request, _rules)


@route(blueprint, "page_rule_new", "/rules/new", failing=trouble, get=ADMINISTRATOR)
async def page_rule_new(request: func.HttpRequest) -> func.HttpResponse:
    """GET /rules/new"""
    return await show(request, _new)


@route(blueprint, "page_rule_written", "/rules/{name}", failing=trouble, get=ADMINISTRATOR)
async def page_rule_written(request: func.HttpRequest) -> func.HttpResponse:
    """GET /rules/{name}?subscription="""
    name = request.route_params.get("name", "")
    return await show(request, lambda core, visit: _written(core, visit, name))


@route(blueprint, "page_billing", "/billing", failing=trouble, scoped=True, get=READER)
async def page_billing(request: func.HttpRequest) -> func.HttpResponse:
    """GET /billing?month="""
    return await show(request, _billing)


@route(
    blueprint,
    "page_billing_sheet",
    "/billing/sheet",
    failing=trouble,
    scoped=True,
    get=READER,
)
async def page_billing_sheet(request: func.HttpRequest) -> func.HttpResponse:
    """GET /billing/sheet?month="""
    return await ask(request, lambda core, given: core.answers.billing.sheet(given))


@route(blueprint, "page_operations", "/operations", failing=trouble, get=READER)
async def page_operations(request: func.HttpRequest) -> func.HttpResponse:
    """GET /operations"""
    return await show(request, _operations)


async def subscriptions_of(core: Services) -> tuple[str, ...]:
    """Those that rules may be of."""
    plans = await core.holdings.plans.all({})
    return tuple(one.subscription for one in plans.value)


async def _registries(core: Services, visit: Visit) -> Shown:
    plans, registries, repositories = await asyncio.gather(
        core.holdings.plans.all({}),
        core.holdings.plans.registries({}),
        core.answers.catalogue.repositories(visit.dated),
    )
    page = Places(
        plans=tuple(plans.value),
        registries=tuple(registries.value),
        repositories=repositories,
    )
    return Shown(template="registries.html", page=page)


async def _rules(core: Services, visit: Visit) -> Shown:
    plans = (await core.holdings.plans.all({})).value
    asked = [{"subscription": one.subscription} for one in plans]
    # One by one they are what was set a moment ago; the list of all follows a little later.
    books = await asyncio.gather(*(core.ruling.queries.all(one) for one in asked))
    histories = await asyncio.gather(*(core.ruling.queries.history(one) for one in asked))
    rules = [one for some in books for one in some.value]
    history = [one for some in histories for one in some.value]
    page = rules_page(rules, _by(history, visit), plans)
    return Shown(template="rules.html", page=page)


def _by(history: list[RuleHappening], visit: Visit) -> list[RuleHappening]:
    """What had happened by the moment that is looked at."""
    if visit.as_of is None:
        return history
    return [one for one in history if datetime.fromisoformat(one.at) <= visit.moment]


async def _new(core: Services, visit: Visit) -> Shown:
    subscriptions = await subscriptions_of(core)
    form = RuleForm(
        subscription=subscriptions[0] if subscriptions else "",
        subscriptions=subscriptions,
        name="",
        written={},
        version=0,
    )
    return Shown(template="rule_form.html", page=form)


async def _written(core: Services, visit: Visit, name: str) -> Shown | None:
    subscription = visit.asked.get("subscription", "")
    rule = await core.ruling.queries.one(name, {"subscription": subscription})
    if rule is None:
        return None
    form = RuleForm(
        subscription=rule.subscription,
        subscriptions=(rule.subscription,),
        name=rule.id,
        written=written_of(rule),
        version=rule.version,
    )
    return Shown(template="rule_form.html", page=form)


async def _billing(core: Services, visit: Visit) -> Shown | None:
    month = visit.asked.get("month") or f"{visit.moment:%Y-%m}"
    asked = {**question(visit.asked, ("reason", "subscription")), **visit.dated, "month": month}
    bills = await core.answers.billing.month({**asked, "limit": "50"})
    if not isinstance(bills, Bills):  # what it is asked for a single digest alone
        return None
    return Shown(template="billing.html", page=month_of(bills, visit.now.date()))


async def _followers(core: Services, visit: Visit) -> list[FollowerStanding]:
    """How views and processes stand, for who may do something about it."""
    return (await core.following.management.all({})).value if visit.administrator else []


async def _operations(core: Services, visit: Visit) -> Shown:
    work, advisories, followers = await asyncio.gather(
        core.answers.operations.now({}), core.advice.queries.now({}), _followers(core, visit)
    )
    page = operations_of(
        work,
        followers,
        advisories,
        core.counters.read(),
        manages=visit.administrator,
    )
    return Shown(template="operations.html", page=page)
