"""HTTP routes: each says who may use it, by method, when it is registered; and asks in one way.

A route can be registered in no other way: a test looks at every function of the app. Routes take
every method, so that what is not allowed is answered here rather than by the host's bare 404.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps

import azure.functions as func

from core.openapi.operations import Operation
from functions.addresses import address
from functions.bootstrap import Services, host_level, services
from functions.caching import conditional
from functions.callers import scope_of
from functions.guard import LARGEST_BODY, Narrowing, Need, Route, refusal
from functions.http import METHODS, Told, respond
from functions.problems import Failing, problem
from functions.sending import SAFE

ANYBODY: Need = None
"""What a method takes that is open to the world."""

JSON = ("application/json",)
"""What scripts are answered with, unless their route serves something else."""

type Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
"""A function, as the worker calls it."""
type Question = Callable[[Services, Mapping[str, str]], Awaitable[Told]]
"""A question, with its query string, to the process's services; `None` for what is not there."""


ROUTES: dict[str, Route] = {}
"""Every route of the app, by its function's name."""
PROMISES: dict[str, tuple[Operation, ...]] = {}
"""What is promised of each."""


def route(
    blueprint: func.Blueprint,
    name: str,
    path: str,
    *promises: Operation,
    scoped: bool = False,
    failing: Failing = problem,
    stands_on: str = "",
    largest: int = LARGEST_BODY,
    only: Narrowing | None = None,
    serves: tuple[str, ...] | None = None,
    serving: Narrowing | None = None,
    **needs: Need,
) -> Callable[[Handler], Handler]:
    """Registers a function for a route below `/api/`, or at the root if it begins with a slash,
    with the role that each method takes: `get=Role.READER, put=Role.ADMINISTRATOR`; and with what
    is promised of each method, of which the API's description is made. `scoped` promises that its
    answer leaves out what `scope_of(request)` does not hold: only then may callers with a scope
    ask. `stands_on` is the page of a form's route. `serves` are the media types of its answers:
    JSON below `/api/`, and none (it is not for `Accept` to choose) elsewhere; `serving` says them
    where addresses differ."""
    if not needs:
        raise TypeError(f"the route {path} says of no method who may use it")
    by_method = {method.upper(): need for method, need in needs.items()}
    made = Route(
        name=name,
        path=path,
        needs=by_method,
        scoped=scoped,
        failing=failing,
        stands_on=stands_on,
        largest=largest,
        only=only,
        serving=serving,
        serves=serves if serves is not None else () if path.startswith("/") else JSON,
    )

    def register(handler: Handler) -> Handler:
        guarded = _guarded(made, handler)
        ROUTES[name] = made
        PROMISES[name] = promises
        trigger = blueprint.route(
            route=address(path),
            methods=METHODS,
            trigger_arg_name="request",
            auth_level=func.AuthLevel.ANONYMOUS if made.open else host_level(),
        )
        blueprint.function_name(name)(trigger(guarded))
        return guarded

    return register


def unless_named(types: tuple[str, ...]) -> Narrowing:
    """Those media types, unless `format` names one: then it is not for `Accept` to choose."""
    return lambda request: () if "format" in request.params else types


async def ask(
    request: func.HttpRequest, question: Question, *, failing: Failing = problem
) -> func.HttpResponse:
    """Ask the services, which are built by whoever asks first: that may go wrong too."""

    async def answer(given: Mapping[str, str]) -> Told:
        return await question(await seen_by(request), given)

    return conditional(request, await respond(request, answer, failing=failing))


async def seen_by(request: func.HttpRequest) -> Services:
    """The process's services, whose answers hold no more than the caller may see."""
    return (await services()).within(scope_of(request))


def _guarded(made: Route, handler: Handler) -> Handler:
    """The handler, behind the guard; and no response without the headers that all must have."""

    @wraps(handler)
    async def guarded(request: func.HttpRequest) -> func.HttpResponse:
        if made.stands_on and request.method in ("GET", "HEAD"):
            response = func.HttpResponse(status_code=303, headers={"Location": made.stands_on})
        else:
            response = await refusal(made, request) or await handler(request)
        for name, value in SAFE.items():
            response.headers.setdefault(name, value)
        return response

    return guarded
