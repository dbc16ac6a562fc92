"""HTTP: what administrators see and do about views and process managers."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import azure.functions as func

from core.access.roles import Role
from core.answers.operations import (
    FollowersStanding,
    FollowerStanding,
    MendedEvents,
    RebuildStanding,
)
from core.openapi.operations import acts, reads
from core.query.asked import named
from core.query.parameters import Parameters
from core.rebuilding.answers import Management, Which, Why
from functions.bootstrap import Services
from functions.callers import caller
from functions.http import Reply
from functions.routes import Question, ask, route
from functions.sending import Body

blueprint = func.Blueprint()

_NAME = named("name", "The view, or the process manager.")
_CONFLICT = frozenset({HTTPStatus.CONFLICT})

type _Act = Callable[[Management], Awaitable[Body]]

ADMINISTRATOR = Role.ADMINISTRATOR


@route(
    blueprint,
    "manage_projection_list",
    "manage/projections",
    reads("manage/projections", FollowersStanding, "How every view stands.", group="Manage"),
    get=ADMINISTRATOR,
)
async def manage_projection_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/manage/projections"""
    return await ask(request, lambda core, given: core.following.management.all(given))


@route(
    blueprint,
    "manage_projection_one",
    "manage/projections/{name}",
    reads("manage/projections/{name}", FollowerStanding, "How one stands.", _NAME, group="Manage"),
    get=ADMINISTRATOR,
)
async def manage_projection_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/manage/projections/{name}"""
    name = request.route_params.get("name", "")
    return await ask(request, lambda core, given: core.following.management.one(name, given))


@route(
    blueprint,
    "manage_projection_rebuild",
    "manage/projections/{name}/rebuild",
    reads(
        "manage/projections/{name}/rebuild",
        RebuildStanding,
        "How its last rebuild stands.",
        _NAME,
        group="Manage",
    ),
    acts(
        "POST",
        "manage/projections/{name}/rebuild",
        RebuildStanding,
        "Have it made anew.",
        _NAME,
        group="Manage",
        body=Why,
        statuses=(HTTPStatus.ACCEPTED,),
        problems=_CONFLICT,
    ),
    get=ADMINISTRATOR,
    post=ADMINISTRATOR,
)
async def manage_projection_rebuild(request: func.HttpRequest) -> func.HttpResponse:
    """GET and POST /api/manage/projections/{name}/rebuild"""
    name, body, by = request.route_params.get("name", ""), request.get_body(), caller(request)
    if request.method == "POST":
        rebuild = _acting(lambda one: one.rebuild(name, body, by), HTTPStatus.ACCEPTED)
        return await ask(request, rebuild)
    return await ask(request, lambda core, given: core.following.management.progress(name, given))


@route(
    blueprint,
    "manage_projection_cancel",
    "manage/projections/{name}/rebuild/cancel",
    acts(
        "POST",
        "manage/projections/{name}/rebuild/cancel",
        RebuildStanding,
        "Call its rebuild off.",
        _NAME,
        group="Manage",
        body=Why,
        problems=_CONFLICT,
    ),
    post=ADMINISTRATOR,
)
async def manage_projection_cancel(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/manage/projections/{name}/rebuild/cancel"""
    name, body, by = request.route_params.get("name", ""), request.get_body(), caller(request)
    return await ask(request, _acting(lambda one: one.cancel(name, body, by), HTTPStatus.OK))


@route(
    blueprint,
    "manage_projection_retry",
    "manage/projections/{name}/retry",
    acts(
        "POST",
        "manage/projections/{name}/retry",
        MendedEvents,
        "Try an event again that could not be applied.",
        _NAME,
        group="Manage",
        body=Which,
        problems=_CONFLICT,
    ),
    post=ADMINISTRATOR,
)
async def manage_projection_retry(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/manage/projections/{name}/retry"""
    name, body, by = request.route_params.get("name", ""), request.get_body(), caller(request)
    retry = _acting(lambda management: management.retry(name, body, by), HTTPStatus.OK)
    return await ask(request, retry)


@route(
    blueprint,
    "manage_projection_skip",
    "manage/projections/{name}/skip",
    acts(
        "POST",
        "manage/projections/{name}/skip",
        MendedEvents,
        "Give an event up.",
        _NAME,
        group="Manage",
        body=Which,
        problems=_CONFLICT,
    ),
    post=ADMINISTRATOR,
)
async def manage_projection_skip(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/manage/projections/{name}/skip"""
    name, body, by = request.route_params.get("name", ""), request.get_body(), caller(request)
    skip = _acting(lambda management: management.skip(name, body, by), HTTPStatus.OK)
    return await ask(request, skip)


def _acting(act: _Act, status: HTTPStatus) -> Question:
    """Does something, and answers with that status."""

    async def answer(core: Services, given: Mapping[str, str]) -> Reply | None:
        Parameters(given, known=frozenset())
        body = await act(core.following.management)
        return None if body is None else Reply(status=status, body=body)

    return answer
