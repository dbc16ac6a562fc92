"""HTTP: what people and scripts ask.

The host tries routes in the order of their functions' names, so `image_list` must come before
`image_one`, whose route takes every path below it.
"""

from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func
from msgspec.structs import asdict as fields_of

from core.access.roles import Role
from core.answers.attention import Attention
from core.answers.billing import BillOfDigest, Bills
from core.answers.catalogue import Changes, Found, Repositories, TagHistory, Trend
from core.answers.findings import Findings, FindingsOfImages
from core.answers.fleet import FleetScore, Summary
from core.answers.images import Images, ImageWithTimeline, Layers, ScanAccepted
from core.answers.operations import AdvisoriesInForce, AppHealth, AppOperations, LogShape
from core.domain.values import ImageName
from core.exports.forms import ACCEPTED, MEDIA_TYPES
from core.exports.lines import CSV
from core.openapi.operations import acts, reads
from core.query.asked import (
    AS_OF,
    CVE,
    DAYS,
    DIGEST,
    DISABLED,
    FORMAT,
    FRESHNESS,
    HEALTH,
    IMAGE,
    MONTH,
    PACKAGE,
    PAGING,
    PATCHABLE,
    REASON,
    REGISTRY,
    REPOSITORY,
    SEVERITY,
    SHEET,
    SINCE,
    SOUGHT,
    SUBSCRIPTION,
    TAG,
    WHOSE_TAG,
)
from core.query.documents import SHEETS, wants_csv
from core.query.images import ImagePath, parse_path
from core.query.parameters import Parameters
from core.query.requests import accepted
from core.scanning.requests import Accepted, Refused
from functions.bootstrap import Services
from functions.callers import caller
from functions.guard import Narrowing
from functions.http import Reply, Told
from functions.routes import ANYBODY, JSON, Question, ask, route
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
            return _unless_named(ACCEPTED)(request)
        case _:
            return JSON


def _unless_named(types: tuple[str, ...]) -> Narrowing:
    """Those media types, unless `format` names one: then it is not for `Accept` to choose."""
    return lambda request: () if "format" in request.params else types


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


@route(
    blueprint,
    "export",
    "export",
    reads(
        "export",
        None,
        "The same of many images, page by page; the header Link leads to the next one.",
        *(REGISTRY, REPOSITORY, SUBSCRIPTION, FORMAT, AS_OF, *PAGING),
        group="Exports",
        documents=MEDIA_TYPES,
    ),
    scoped=True,
    serving=_unless_named(ACCEPTED),
    get=Role.READER,
)
async def export(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/export?format=, by registry, repository, subscription"""
    accept = request.headers.get("accept")
    return await ask(request, lambda core, given: core.answers.exports.page(given, accept))


@route(
    blueprint,
    "finding_list",
    "findings",
    reads(
        "findings",
        FindingsOfImages,
        "Which images have a vulnerability, or a package that has one. Give either.",
        *(CVE, PACKAGE, DISABLED, AS_OF, *PAGING),
        group="Findings",
    ),
    scoped=True,
    get=Role.READER,
)
async def finding_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/findings?cve= or ?package=, with asOf= of a moment of the past"""
    return await ask(request, lambda core, given: core.answers.findings.page(given))


@route(
    blueprint,
    "advisories",
    "advisories",
    reads("advisories", AdvisoriesInForce, "What is in force.", group="App"),
    scoped=True,  # it says nothing of images
    get=Role.READER,
)
async def advisories(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/advisories"""
    return await ask(request, lambda core, given: core.advice.queries.now(given))


@route(
    blueprint,
    "billing_month",
    "billing",
    reads(
        "billing",
        (Bills, BillOfDigest),
        "The ledger of a month; or the line of one digest.",
        *(MONTH, SUBSCRIPTION, REASON, DIGEST, SHEET, AS_OF, *PAGING),
        group="Billing",
        documents=(CSV.media_type,),
    ),
    scoped=True,
    serving=_unless_named(SHEETS),
    get=Role.READER,
)
async def billing_month(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/billing?month=, as JSON or, with `Accept: text/csv` or `format=csv`, as a sheet"""
    accept = request.headers.get("accept")
    return await ask(request, lambda core, given: _billing(core, given, accept))


@route(
    blueprint,
    "summary",
    "summary",
    reads("summary", Summary, "The fleet in numbers.", AS_OF, group="Fleet"),
    scoped=True,
    get=Role.READER,
)
async def summary(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/summary"""
    return await ask(request, lambda core, given: core.answers.summary.summary(given))


@route(
    blueprint,
    "score",
    "score",
    reads("score", FleetScore, "The secure score.", AS_OF, group="Fleet"),
    scoped=True,
    get=Role.READER,
)
async def score(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/score?asOf="""
    return await ask(request, lambda core, given: core.answers.score.score(given))


@route(
    blueprint,
    "repository_list",
    "repositories",
    reads(
        "repositories",
        Repositories,
        "How repositories stand.",
        REGISTRY,
        AS_OF,
        group="Fleet",
    ),
    scoped=True,
    get=Role.READER,
)
async def repository_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/repositories?registry=&asOf="""
    return await ask(request, lambda core, given: core.answers.catalogue.repositories(given))


@route(
    blueprint,
    "search",
    "search",
    reads("search", Found, "What has this in its name.", SOUGHT, AS_OF, group="Fleet"),
    scoped=True,
    get=Role.READER,
)
async def search(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/search?q=&asOf="""
    return await ask(request, lambda core, given: core.answers.catalogue.search(given))


@route(
    blueprint,
    "tag_history",
    "tags",
    reads(
        "tags",
        TagHistory,
        "To which digests a tag pointed, and when.",
        *WHOSE_TAG,
        AS_OF,
        group="Fleet",
        problems=frozenset({HTTPStatus.NOT_FOUND}),
    ),
    scoped=True,
    get=Role.READER,
)
async def tag_history(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/tags?registry=&repository=&tag=&asOf="""
    return await ask(request, lambda core, given: core.answers.tags.history(given))


@route(
    blueprint,
    "trend",
    "trend",
    reads("trend", Trend, "The fleet day by day.", DAYS, AS_OF, group="Fleet"),
    scoped=True,
    get=Role.READER,
)
async def trend(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/trend?days=&asOf="""
    return await ask(request, lambda core, given: core.answers.trends.trend(given))


@route(
    blueprint,
    "changes",
    "changes",
    reads("changes", Changes, "What became better or worse.", SINCE, AS_OF, group="Fleet"),
    scoped=True,
    get=Role.READER,
)
async def changes(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/changes?since=&asOf="""
    return await ask(request, lambda core, given: core.answers.trends.changes(given))


@route(
    blueprint,
    "attention",
    "attention",
    reads("attention", Attention, "What needs somebody now.", AS_OF, *PAGING, group="Fleet"),
    scoped=True,
    get=Role.READER,
)
async def attention(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/attention?asOf="""
    return await ask(request, lambda core, given: core.answers.attention.page(given))


@route(
    blueprint,
    "health_operations",
    "health/operations",
    reads("health/operations", AppOperations, "What waits and what runs.", group="App"),
    get=Role.READER,
)
async def health_operations(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/health/operations"""
    return await ask(request, _operations)


@route(
    blueprint,
    "health",
    "health",
    reads("health", AppHealth, "The app itself, and what it refused.", group="App"),
    get=ANYBODY,
)
async def health(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/health"""
    return await ask(request, _health)


async def _billing(core: Services, given: Mapping[str, str], accept: str | None) -> Told:
    if wants_csv(given, accept):
        return await core.answers.billing.sheet(given)
    return await core.answers.billing.month(given)


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


async def _health(core: Services, given: Mapping[str, str]) -> AppHealth:
    """Whether the app lives, and storage: all that somebody unknown is told."""
    Parameters(given, known=frozenset())
    await core.log.head(0)
    return AppHealth(status="ok")


async def _operations(core: Services, given: Mapping[str, str]) -> AppOperations:
    told = await core.answers.operations.now(given)
    return AppOperations(
        **fields_of(told),
        log=LogShape(generation=core.log.generation, shards=core.log.shards),
        refused=dict(core.counters.read()),
    )
