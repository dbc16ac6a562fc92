"""HTTP: the fleet as a whole: how it stands, how that changed, what needs somebody."""

from http import HTTPStatus

import azure.functions as func

from core.access.roles import Role
from core.answers.attention import Attention
from core.answers.catalogue import Changes, Found, Repositories, TagHistory, Trend
from core.answers.fleet import FleetScore, Summary
from core.openapi.operations import reads
from core.query.asked import AS_OF, DAYS, PAGING, REGISTRY, SINCE, SOUGHT, WHOSE_TAG
from functions.routes import ask, route

blueprint = func.Blueprint()


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
