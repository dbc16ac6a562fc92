"""HTTP routes: each says who may use it, by method, when it is registered; and asks in one way.

A route can be registered in no other way: a test looks at every function of the app. Routes take
every method, so that what is not allowed is answered here rather than by the host's bare 404.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from itertools import chain

import azure.functions as func

from core.access.roles import Role
from functions.addresses import address
from functions.bootstrap import Services, services
from functions.http import METHODS, Failing, Told, problem, respond

ANYBODY = None
"""What a method needs that is open to the world."""

type Need = Role | None
type Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
"""A function, as the worker calls it."""
type Question = Callable[[Services, Mapping[str, str]], Awaitable[Told]]
"""A question, with its query string, to the process's services; `None` for what is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is said of a route where it is registered."""

    name: str
    """Its function's name: the host tries routes in the order of these."""
    path: str
    needs: Mapping[str, Need]
    """The role that each method takes; a method that is not here is not allowed."""
    failing: Failing
    """How errors are told."""

    def need(self, method: str) -> Need:
        """The role that an allowed method takes; a HEAD is a GET."""
        return self.needs["GET" if method == "HEAD" else method]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The methods that it takes."""
        listed = [("GET", "HEAD") if method == "GET" else (method,) for method in self.needs]
        return tuple(chain.from_iterable(listed))


ROUTES: dict[str, Route] = {}
"""Every route of the app, by its function's name."""


def route(
    blueprint: func.Blueprint,
    name: str,
    path: str,
    *,
    failing: Failing = problem,
    **needs: Need,
) -> Callable[[Handler], Handler]:
    """Registers a function for a route below `/api/`, or at the root if it begins with a slash,
    with the role that each method takes: `get=Role.READER, put=Role.ADMINISTRATOR`."""
    if not needs:
        raise TypeError(f"the route {path} says of no method who may use it")
    by_method = {method.upper(): need for method, need in needs.items()}
    made = Route(name=name, path=path, needs=by_method, failing=failing)

    def register(handler: Handler) -> Handler:
        guarded = _guarded(made, handler)
        ROUTES[name] = made
        trigger = blueprint.route(route=address(path), methods=METHODS, trigger_arg_name="request")
        blueprint.function_name(name)(trigger(guarded))
        return guarded

    return register


async def ask(
    request: func.HttpRequest, question: Question, *, failing: Failing = problem
) -> func.HttpResponse:
    """Ask the services, which are built by whoever asks first: that may go wrong too."""

    async def answer(given: Mapping[str, str]) -> Told:
        return await question(await services(), given)

    return await respond(request, answer, failing=failing)


def _guarded(made: Route, handler: Handler) -> Handler:
    """The handler, behind what its route says."""

    @wraps(handler)
    async def guarded(request: func.HttpRequest) -> func.HttpResponse:
        if request.method not in made.allowed:
            return not_allowed(request, made.allowed, made.failing)
        return await handler(request)

    return guarded


def not_allowed(
    request: func.HttpRequest, allowed: tuple[str, ...], failing: Failing = problem
) -> func.HttpResponse:
    """The answer to a method that is none of those."""
    return failing(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"{request.method} is not allowed here; {allowed[0]} is",
        headers={"Allow": ", ".join(allowed)},
    )
