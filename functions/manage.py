"""HTTP: what administrators see and do about views and process managers."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import azure.functions as func

from core.access.roles import Role
from core.query.parameters import Parameters
from core.rebuilding.answers import Management
from functions.bootstrap import Services
from functions.callers import caller
from functions.http import Body, Reply
from functions.routes import Question, ask, route

blueprint = func.Blueprint()

type _Act = Callable[[Management], Awaitable[Body]]

ADMINISTRATOR = Role.ADMINISTRATOR


@route(blueprint, "manage_projection_list", "manage/projections", get=ADMINISTRATOR)
async def manage_projection_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/manage/projections"""
    return await ask(request, lambda core, given: core.following.management.all(given))


@route(blueprint, "manage_projection_one", "manage/projections/{name}", get=ADMINISTRATOR)
async def manage_projection_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/manage/projections/{name}"""
    name = request.route_params.get("name", "")
    return await ask(request, lambda core, given: core.following.management.one(name, given))


@route(
    blueprint,
    "manage_projection_rebuild",
    "manage/projections/{name}/rebuild",
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
    "manage_projection_retry",
    "manage/projections/{name}/retry",
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
