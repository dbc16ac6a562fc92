"""HTTP: what people and scripts ask.

The host tries routes in the order of their functions' names, so `image_list` must come before
`image_one`, whose route takes every path below it.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import azure.functions as func

from core.domain.values import ImageName
from core.query.documents import Document, wants_csv
from core.query.images import ImagePath, parse_path
from core.query.parameters import Parameters
from core.query.requests import accepted
from core.query.shapes import Json
from core.scanning.requests import Accepted, Refused
from functions.bootstrap import Services, services
from functions.callers import caller
from functions.http import METHODS, Answer, Reply, respond

blueprint = func.Blueprint()

type Ask = Callable[[Services, Mapping[str, str]], Awaitable[Json | bytes | Document]]
"""A question, with its query string, to the process's services."""


@blueprint.function_name("image_list")
@blueprint.route(route="images", methods=METHODS, trigger_arg_name="request")
async def image_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/images"""
    return await _respond(request, lambda core, given: core.answers.images.page(given))


@blueprint.function_name("image_one")
@blueprint.route(route="images/{*path}", methods=METHODS, trigger_arg_name="request")
async def image_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/images/{registry}/{repository}/{digest}[/findings|/sbom|/export]; POST /scan"""
    path = request.route_params.get("path", "")
    match parse_path(path):
        case ImagePath(image=image, part="scan"):
            return await respond(request, _scan(image, caller(request)), allowed=("POST",))
    accept = request.headers.get("accept")
    return await _respond(request, lambda core, given: _image(core, path, given, accept))


@blueprint.function_name("export")
@blueprint.route(route="export", methods=METHODS, trigger_arg_name="request")
async def export(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/export?format=, by registry, repository, subscription"""
    accept = request.headers.get("accept")
    return await _respond(request, lambda core, given: core.answers.exports.page(given, accept))


@blueprint.function_name("finding_list")
@blueprint.route(route="findings", methods=METHODS, trigger_arg_name="request")
async def finding_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/findings?cve= or ?package="""
    return await _respond(request, lambda core, given: core.answers.findings.page(given))


@blueprint.function_name("advisories")
@blueprint.route(route="advisories", methods=METHODS, trigger_arg_name="request")
async def advisories(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/advisories"""
    return await _respond(request, lambda core, given: core.advice.queries.now(given))


@blueprint.function_name("billing_month")
@blueprint.route(route="billing", methods=METHODS, trigger_arg_name="request")
async def billing_month(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/billing?month=, as JSON or, with `Accept: text/csv` or `format=csv`, as a sheet"""
    accept = request.headers.get("accept")
    return await _respond(request, lambda core, given: _billing(core, given, accept))


@blueprint.function_name("summary")
@blueprint.route(route="summary", methods=METHODS, trigger_arg_name="request")
async def summary(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/summary"""
    return await _respond(request, lambda core, given: core.answers.summary.summary(given))


@blueprint.function_name("score")
@blueprint.route(route="score", methods=METHODS, trigger_arg_name="request")
async def score(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/score?asOf="""
    return await _respond(request, lambda core, given: core.answers.score.score(given))


@blueprint.function_name("health_operations")
@blueprint.route(route="health/operations", methods=METHODS, trigger_arg_name="request")
async def health_operations(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/health/operations"""
    return await _respond(request, lambda core, given: core.answers.operations.now(given))


@blueprint.function_name("health")
@blueprint.route(route="health", methods=METHODS, trigger_arg_name="request")
async def health(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/health"""
    return await _respond(request, _health)


async def _respond(request: func.HttpRequest, ask: Ask) -> func.HttpResponse:
    """Ask the services, which are built by whoever asks first: that may go wrong too."""

    async def answer(given: Mapping[str, str]) -> Json | bytes | Document:
        return await ask(await services(), given)

    return await respond(request, answer)


async def _billing(core: Services, given: Mapping[str, str], accept: str | None) -> Json | Document:
    if wants_csv(given, accept):
        return await core.answers.billing.sheet(given)
    return await core.answers.billing.month(given)


async def _image(
    core: Services, path: str, given: Mapping[str, str], accept: str | None
) -> Json | bytes | Document:
    match parse_path(path):
        case ImagePath(image=image, part=""):
            return await core.answers.images.one(image, given)
        case ImagePath(image=image, part="findings"):
            return await core.answers.images.findings(image, given)
        case ImagePath(image=image, part="sbom"):
            return await core.answers.images.sbom(image, given)
        case ImagePath(image=image, part="export"):
            return await core.answers.exports.one(image, given, accept)
        case _:
            return None


def _scan(image: ImageName, by: str) -> Answer:
    """Asks for a scan of that image."""

    async def answer(given: Mapping[str, str]) -> Json | Reply:
        Parameters(given, known=frozenset())
        asked = await (await services()).scanning.requests.ask(image, by=by)
        match asked:
            case Accepted():
                return Reply(status=HTTPStatus.ACCEPTED, body=accepted(asked))
            case Refused(reason=reason):
                return Reply(status=HTTPStatus.CONFLICT, body=reason)
            case None:
                return None

    return answer


async def _health(core: Services, given: Mapping[str, str]) -> Json:
    Parameters(given, known=frozenset())
    await core.log.head(0)
    return {
        "status": "ok",
        "log": {"generation": core.log.generation, "shards": core.log.shards},
        "refused": dict(core.counters.read()),
    }
