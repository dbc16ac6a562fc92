"""HTTP: what administrators see and do about views and process managers."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import azure.functions as func

from core.query.parameters import Parameters
from core.query.shapes import Json
from core.rebuilding.answers import Management
from functions.bootstrap import services
from functions.callers import caller
from functions.http import METHODS, READING, Answer, Reply, respond

blueprint = func.Blueprint()

type _Act = Callable[[Management], Awaitable[Json | None]]


@blueprint.function_name("manage_projection_list")
@blueprint.route(route="manage/projections", methods=METHODS, trigger_arg_name="request")
async def manage_projection_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/manage/projections"""

    async def answer(given: Mapping[str, str]) -> Json:
        return await (await services()).following.management.all(given)

    return await respond(request, answer)


@blueprint.function_name("manage_projection_one")
@blueprint.route(route="manage/projections/{name}", methods=METHODS, trigger_arg_name="request")
async def manage_projection_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/manage/projections/{name}"""
    name = request.route_params.get("name", "")

    async def answer(given: Mapping[str, str]) -> Json:
        return await (await services()).following.management.one(name, given)

    return await respond(request, answer)


@blueprint.function_name("manage_projection_rebuild")
@blueprint.route(
    route="manage/projections/{name}/rebuild", methods=METHODS, trigger_arg_name="request"
)
async def manage_projection_rebuild(request: func.HttpRequest) -> func.HttpResponse:
    """GET and POST /api/manage/projections/{name}/rebuild"""
    name, body, by = request.route_params.get("name", ""), request.get_body(), caller(request)
    if request.method == "POST":
        answer = _acting(lambda management: management.rebuild(name, body, by), HTTPStatus.ACCEPTED)
        return await respond(request, answer, allowed=("POST",))

    async def progress(given: Mapping[str, str]) -> Json:
        return await (await services()).following.management.progress(name, given)

    return await respond(request, progress, allowed=(*READING, "POST"))


@blueprint.function_name("manage_projection_retry")
@blueprint.route(
    route="manage/projections/{name}/retry", methods=METHODS, trigger_arg_name="request"
)
async def manage_projection_retry(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/manage/projections/{name}/retry"""
    name, body, by = request.route_params.get("name", ""), request.get_body(), caller(request)
    answer = _acting(lambda management: management.retry(name, body, by), HTTPStatus.OK)
    return await respond(request, answer, allowed=("POST",))


@blueprint.function_name("manage_projection_skip")
@blueprint.route(
    route="manage/projections/{name}/skip", methods=METHODS, trigger_arg_name="request"
)
async def manage_projection_skip(request: func.HttpRequest) -> func.HttpResponse:
    """POST /api/manage/projections/{name}/skip"""
    name, body, by = request.route_params.get("name", ""), request.get_body(), caller(request)
    answer = _acting(lambda management: management.skip(name, body, by), HTTPStatus.OK)
    return await respond(request, answer, allowed=("POST",))


def _acting(act: _Act, status: HTTPStatus) -> Answer:
    """Does something, and answers with that status."""

    async def answer(given: Mapping[str, str]) -> Reply | None:
        Parameters(given, known=frozenset())
        body = await act((await services()).following.management)
        return None if body is None else Reply(status=status, body=body)

    return answer
