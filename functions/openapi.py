"""HTTP: the API's description, made of what the routes say of themselves."""

from collections.abc import Iterator, Mapping
from functools import cache

import azure.functions as func

from core.access.roles import Role
from core.answers.base import Something
from core.openapi.document import Described, document
from core.openapi.operations import reads
from core.query.parameters import Parameters
from core.query.shapes import Json
from functions.caching import conditional
from functions.http import Told, respond
from functions.routes import ANYBODY, PROMISES, ROUTES, route

blueprint = func.Blueprint()


@route(
    blueprint,
    "openapi",
    "openapi.json",
    reads("openapi.json", dict[str, Something], "This description, OpenAPI 3.1.", group="App"),
    get=ANYBODY,
)
async def openapi(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/openapi.json"""

    async def answer(given: Mapping[str, str]) -> Told:
        Parameters(given, known=frozenset())
        return description()

    return conditional(request, await respond(request, answer))


@cache
def description() -> Json:
    """The description of this app."""
    return document(list(described()), title="Pratique", version="1", server="/api")


def described() -> Iterator[Described]:
    """Every operation, in the order of the routes' names."""
    for name, made in sorted(ROUTES.items()):
        promises = PROMISES.get(name, ())
        for index, one in enumerate(promises):
            need: Role | None = made.need(one.method)
            own = name if index == 0 else f"{name}_{index}_{one.method.lower()}"
            yield Described(operation=one, id=own, role=need and need.value)
