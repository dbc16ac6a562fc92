"""The guard before every HTTP route: who may ask, by which method, and how much at once.

Nobody is let in by default, and what is refused was not looked up: a stranger learns the same of
whatever is here and of what is not.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain

import azure.functions as func

from core.access.doorman import Forbidden, TooMany, may
from core.access.grants import Caller
from core.access.identities import Unproven
from core.access.roles import Role
from core.errors import KeysUnavailable, PratiqueError
from core.query.accepting import liked
from functions.bootstrap import doorman
from functions.browsers import shown
from functions.callers import admit
from functions.problems import Failing

logger = logging.getLogger(__name__)

type Need = Role | None
"""The role that a method takes; `None` where anybody may."""
type Narrowing = Callable[[func.HttpRequest], tuple[str, ...]]
"""What is so of one address, where not all of a route are alike: its methods, its media types."""

LONGEST_URL = 8 * 1024
"""Characters of a request's address."""
LARGEST_BODY = 1024 * 1024
"""Bytes of a request's body, unless its route takes more."""

_RETRY = "5"
"""Seconds after which keys are looked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is said of a route where it is registered."""

    name: str
    """Its function's name: the host tries routes in the order of these."""
    path: str
    needs: Mapping[str, Need]
    """The role that each method takes; a method that is not here is not allowed."""
    scoped: bool
    """Whether its answer leaves out what the caller's scope does not hold. Where it does not, only
    callers who may see everything get one."""
    failing: Failing
    """How errors are told."""
    stands_on: str = ""
    """The page that its form stands on, where it takes nothing but a form: whoever looks at such an
    address, as a browser does that has just signed in again, is led there."""
    largest: int = LARGEST_BODY
    """Bytes that a request's body may have."""
    only: Narrowing | None = None
    """Which of its methods one address takes, where not all take all."""
    serves: tuple[str, ...] = ()
    """The media types that it answers with; none where it is not for `Accept` to choose."""
    serving: Narrowing | None = None
    """Those that one address answers with, where not all do alike."""

    def need(self, method: str) -> Need:
        """The role that an allowed method takes; a HEAD is a GET."""
        return self.needs["GET" if method == "HEAD" else method]

    @property
    def open(self) -> bool:
        """Whether anybody may use it, in every way it has."""
        return all(need is None for need in self.needs.values())

    def allowed(self, request: func.HttpRequest) -> tuple[str, ...]:
        """The methods that may be used at that request's address."""
        methods = self.only(request) if self.only else tuple(self.needs)
        listed = [("GET", "HEAD") if method == "GET" else (method,) for method in methods]
        return tuple(chain.from_iterable(listed))


async def refusal(route: Route, request: func.HttpRequest) -> func.HttpResponse | None:
    """Why that request is not answered; `None` once its caller is admitted."""
    if len(request.url) > LONGEST_URL:
        return route.failing(
            HTTPStatus.REQUEST_URI_TOO_LONG, f"an address has at most {LONGEST_URL} characters"
        )
    try:
        known = doorman().strangers() if route.open else await doorman().know(shown(request))
    except KeysUnavailable as error:
        logger.warning("nobody can be known: %s", error)
        return route.failing(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "who you are cannot be found out for now; try again",
            headers={"Retry-After": _RETRY},
        )
    except PratiqueError as error:
        logger.exception("nobody can be known")
        detail = f"{type(error).__name__}: the app's log says more"
        return route.failing(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
    return _told(route, known) or _unfit(route, request) or _kept_out(route, request, known)


def _told(
    route: Route, known: Caller | Unproven | Forbidden | TooMany | None
) -> func.HttpResponse | None:
    """What somebody is told who is not let in at all."""
    match known:
        case Unproven(reason=reason):
            challenge = {"WWW-Authenticate": 'Bearer realm="pratique"'}
            return route.failing(HTTPStatus.UNAUTHORIZED, reason, headers=challenge)
        case Forbidden(reason=reason):
            return route.failing(HTTPStatus.FORBIDDEN, reason)
        case TooMany(seconds=seconds):
            return route.failing(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"you ask too often; go on in {seconds} s",
                headers={"Retry-After": str(seconds)},
            )
    return None


def _unfit(route: Route, request: func.HttpRequest) -> func.HttpResponse | None:
    """What is wrong with the request, whoever sends it."""
    allowed = route.allowed(request)
    if request.method not in allowed:
        return route.failing(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"{request.method} is not allowed here; {allowed[0]} is",
            headers={"Allow": ", ".join(allowed)},
        )
    serves = route.serving(request) if route.serving else route.serves
    if serves and liked(request.headers.get("accept"), serves) is None:
        detail = f"this answers with {' or '.join(serves)} alone"
        return route.failing(HTTPStatus.NOT_ACCEPTABLE, detail)
    if len(request.get_body()) > route.largest:
        return route.failing(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {route.largest} bytes here"
        )
    return None


def _kept_out(route: Route, request: func.HttpRequest, known: object) -> func.HttpResponse | None:
    """Why this caller may not; who may is remembered with the request."""
    need = route.need(str(request.method))
    if need is None:
        return None
    if not isinstance(known, Caller):
        return route.failing(HTTPStatus.UNAUTHORIZED, "say who you are")
    forbidden = may(known, need, within=route.scoped)
    if forbidden is not None:
        return route.failing(HTTPStatus.FORBIDDEN, forbidden.reason)
    admit(request, known)
    return None
