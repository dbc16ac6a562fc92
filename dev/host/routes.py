"""Which function a request is for.

There is no order of precedence between routes, since the host in Azure has none
(Azure/azure-functions-host issues 3153 and 9876): it tries the functions in the order of their
names, and takes the first whose template and methods match. A function that could never be reached
for that reason is refused here when the app loads.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from dev.host.bindings import Function, HttpTrigger
from dev.host.errors import AppRefused
from dev.host.keys import AuthLevel
from dev.host.templates import Template, compile_template

_RESERVED = ("admin", "runtime")
"""What the host's own routes start with. Any longer word that starts so is refused as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where one HTTP function is reached, and by whom."""

    function: Function
    template: Template
    methods: frozenset[str]
    """Empty: every method."""
    level: AuthLevel

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The values of the parameters, or nothing when the request is for another function."""
        if self.methods and method not in self.methods:
            return None
        return self.template.match(path)

    def hides(self, other: "Route") -> bool:
        """Whether this route, tried first, takes every request of the other."""
        path = other.template.sample()
        if path is None or self.template.match(path) is None:
            return False
        return not self.methods or (bool(other.methods) and other.methods <= self.methods)

    def equals(self, other: "Route") -> bool:
        """Whether both have one template and a method in common, which Azure refuses."""
        if self.template.text.lower() != other.template.text.lower():
            return False
        return not self.methods or not other.methods or bool(self.methods & other.methods)


def decode_path(raw: str) -> str:
    """A request's path with escapes decoded, except that `%2F` stays, as in ASP.NET Core."""
    return "%2F".join(unquote(part) for part in re.split("%2f", raw, flags=re.IGNORECASE))


def routes(functions: Iterable[Function], prefix: str) -> tuple[Route, ...]:
    """The routes of the app's HTTP functions, in the order in which they are tried.

    Raises AppRefused for templates that are malformed, reserved, taken, or never reached.
    """
    made: list[Route] = []
    for function in functions:
        if isinstance(function.trigger, HttpTrigger):
            route = _route(function, function.trigger, prefix)
            _check_reachable(route, made)
            made.append(route)
    return tuple(made)


def _route(function: Function, trigger: HttpTrigger, prefix: str) -> Route:
    own = trigger.route.strip("/") or function.name
    if own.lower().startswith(_RESERVED):
        raise AppRefused(
            f"Function {function.name}: the route {own!r} conflicts with built-in routes. None may"
            " start with admin or runtime, even under the prefix: choose another word."
        )
    try:
        return Route(
            function=function,
            template=compile_template(f"{prefix}/{own}" if prefix else own),
            methods=frozenset(method.upper() for method in trigger.methods),
            level=AuthLevel(trigger.auth_level.lower()),
        )
    except ValueError as error:
        raise AppRefused(f"Function {function.name}, route {own!r}: {error}.") from error


def _check_reachable(route: Route, earlier: Iterable[Route]) -> None:
    """Refuse a route that others, tried before it, leave nothing to."""
    name, text = route.function.name, route.template.text
    for other in earlier:
        if other.equals(route):
            raise AppRefused(
                f"Functions {other.function.name} and {name} have the same route {text!r}, and a"
                " method in common."
            )
        if other.hides(route):
            raise AppRefused(
                f"Function {name} (route {text!r}) can never be reached: {other.function.name}"
                f" ({other.template.text!r}) matches first, because the host tries functions in the"
                " order of their names. Rename one, or constrain a parameter."
            )
