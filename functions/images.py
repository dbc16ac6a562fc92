"""HTTP: images, and each of them with all that is known of it.

The host tries routes in the order of their functions' names, so `image_list` must come before
`image_one`, whose route takes every path below it.
"""

from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func

from core.access.roles import Role
from core.answers.findings import Findings
from core.answers.images import Images, ImageWithTimeline, Layers, ScanAccepted
from core.domain.values import ImageName
from core.exports.forms import ACCEPTED, MEDIA_TYPES
from core.openapi.operations import acts, reads
from core.query.asked import (
    AS_OF,
    DISABLED,
    FORMAT,
    FRESHNESS,
    HEALTH,
    IMAGE,
    PAGING,
    PATCHABLE,
    REGISTRY,
    REPOSITORY,
    SEVERITY,
    TAG,
)
from core.query.images import ImagePath, parse_path
from core.query.parameters import Parameters
from core.query.requests import accepted
from core.scanning.requests import Accepted, Refused
from functions.bootstrap import Services
from functions.callers import caller
from functions.http import Reply, Told
from functions.routes import JSON, Question, ask, route, unless_named
from functions.sending import Body

blueprint = func.Blueprint()

_IMAGE = "images/{registry}/{repository}/{digest}"
SBOM = "application/vnd.cyclonedx+json"


@route(
    blueprint,
    "image_list",
    "images",
    reads(
        "images",
        Images,
        "Images, in a stable order.",
        *(REGISTRY, REPOSITORY, TAG, HEALTH, FRESHNESS, SEVERITY, AS_OF, *PAGING),
        group="Images",
    ),
    scoped=True,
    get=Role.READER,
)
async def image_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/images"""
    return await ask(request, lambda core, given: core.answers.images.page(given))


def _methods(request: func.HttpRequest) -> tuple[str, ...]:
    """A scan is asked for, all else of an image is read."""
    match parse_path(request.route_params.get("path", "")):
        case ImagePath(part="scan"):
            return ("POST",)
        case _:
            return ("GET",)


def _types(request: func.HttpRequest) -> tuple[str, ...]:
    """What is in an image has a form of its own, and exports have many."""
    match parse_path(request.route_params.get("path", "")):
        case ImagePath(part="sbom"):
            return (SBOM,)
        case ImagePath(part="export"):
            return unless_named(ACCEPTED)(request)
        case _:
            return JSON


@route(
    blueprint,
    "image_one",
    "images/{*path}",
    reads(
        _IMAGE,
        ImageWithTimeline,
        "One image, and all that ever happened to it.",
        *IMAGE,
        AS_OF,
        group="Images",
    ),
    reads(
        f"{_IMAGE}/findings",
        Findings,
        "Its findings, worst first, and what to upgrade.",
        *(*IMAGE, SEVERITY, PATCHABLE, DISABLED, AS_OF, *PAGING),
        group="Images",
    ),
    reads(
        f"{_IMAGE}/layers",
        Layers,
        "Its layers, and what each of them brought.",
        *(*IMAGE, AS_OF),
        group="Images",
    ),
    reads(
        f"{_IMAGE}/sbom",
        None,
        "What is in it, as the cataloger wrote it.",
        *(*IMAGE, AS_OF),
        group="Images",
        documents=(SBOM,),
    ),
    reads(
        f"{_IMAGE}/export",
        None,
        "What is known of it, in a form that other tools read.",
        *(*IMAGE, FORMAT, AS_OF),
        group="Exports",
        documents=MEDIA_TYPES,
        problems=frozenset({HTTPStatus.CONFLICT}),
    ),
    acts(
        "POST",
        f"{_IMAGE}/scan",
        ScanAccepted,
        "Scan it, again if it was.",
        *IMAGE,
        group="Images",
        statuses=(HTTPStatus.ACCEPTED,),
        problems=frozenset({HTTPStatus.CONFLICT, HTTPStatus.METHOD_NOT_ALLOWED}),
    ),
    scoped=True,
    serving=_types,
    get=Role.READER,
    post=Role.ADMINISTRATOR,
    only=_methods,
)
async def image_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/images/{registry}/{repository}/{digest}[/<part>]; POST …/scan"""
    path = request.route_params.get("path", "")
    match parse_path(path):
        case ImagePath(image=image, part="scan"):
            return await ask(request, _scan(image, caller(request)))
    accept = request.headers.get("accept")
    return await ask(request, lambda core, given: _image(core, path, given, accept))


async def _image(core: Services, path: str, given: Mapping[str, str], accept: str | None) -> Told:
    match parse_path(path):
        case ImagePath(image=image, part=""):
            return await core.answers.images.one(image, given)
        case ImagePath(image=image, part="findings"):
            return await core.answers.images.findings(image, given)
        case ImagePath(image=image, part="layers"):
            return await core.answers.layers.of(image, given)
        case ImagePath(image=image, part="sbom"):
            return await core.answers.images.sbom(image, given)
        case ImagePath(image=image, part="export"):
            return await core.answers.exports.one(image, given, accept)
        case _:
            return None


def _scan(image: ImageName, by: str) -> Question:
    """Asks for a scan of that image."""

    async def answer(core: Services, given: Mapping[str, str]) -> Body | Reply:
        Parameters(given, known=frozenset())
        asked = await core.scanning.requests.ask(image, by=by)
        match asked:
            case Accepted():
                return Reply(status=HTTPStatus.ACCEPTED, body=accepted(asked))
            case Refused(reason=reason):
                return Reply(status=HTTPStatus.CONFLICT, body=reason)
            case None:
                return None

    return answer
