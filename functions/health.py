"""HTTP: the app itself: whether it lives, what waits, and which advisories are in force."""

from collections.abc import Mapping

import azure.functions as func
from msgspec.structs import asdict as fields_of

from core.access.roles import Role
from core.answers.operations import AdvisoriesInForce, AppHealth, AppOperations, LogShape
from core.openapi.operations import reads
from core.query.parameters import Parameters
from functions.bootstrap import Services
from functions.routes import ANYBODY, ask, route

blueprint = func.Blueprint()


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
