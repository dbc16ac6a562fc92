"""Route templates, and which function a request is for.

Templates are those of ASP.NET Core: `images/{registry}/{tag?}`, `{id:int}`, `{*path}`; literals are
compared without regard to case. There is no order of precedence, though, since the host in Azure
has none (Azure/azure-functions-host issues 3153 and 9876): it tries the functions in the order of
their names and takes the first whose template and methods match. A function that could never be
reached for that reason is refused here when the app loads.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from dev.host.bindings import Function, HttpTrigger
from dev.host.errors import AppRefused

_RESERVED = ("admin", "runtime")
"""What the host's own routes start with. Any longer word that starts so is refused as well."""

_TOKEN = re.compile(r"\{([^{}]*)\}|([^{}]+)")
_PARAMETER = re.compile(r"(\*{0,2})(\w+)((?::\w+(?:\([^()]*\))?)*)(\??)")
_CONSTRAINT = re.compile(r":(\w+)(?:\(([^()]*)\))?")

_SAMPLES = ("x", "1", "true", str(UUID(int=0)), *("x" * n for n in range(2, 65)))
"""Values to try a template with: one of them meets every constraint that is met at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameter:
    """One `{…}` of a template."""

    name: str
    catch_all: bool
    optional: bool
    constraints: tuple[Callable[[str], bool], ...]

    def admits(self, value: str) -> bool:
        return all(constraint(value) for constraint in self.constraints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One HTTP function's template, compiled."""

    function: Function
    template: str
    methods: frozenset[str]
    """Empty: every method."""
    pattern: re.Pattern[str]
    parameters: tuple[_Parameter, ...]
    """In the order of the pattern's groups."""

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The values of the parameters in a decoded path, or nothing when it is another's."""
        if self.methods and method not in self.methods:
            return None
        matched = self.pattern.fullmatch(path)
        if matched is None:
            return None
        found = zip(self.parameters, matched.groups(), strict=True)
        values = {parameter: value for parameter, value in found if value}
        if not all(parameter.admits(value) for parameter, value in values.items()):
            return None
        return {parameter.name: value for parameter, value in values.items()}

    def sample(self) -> str | None:
        """A path that is this route's; nothing where no value comes to mind."""
        path = self.template
        for parameter in self.parameters:
            value = next((one for one in _SAMPLES if parameter.admits(one)), None)
            if value is None:
                return None
            path = re.sub(rf"\{{\**{parameter.name}[^{{}}]*\}}", value, path, count=1)
        return f"/{path}"


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
    template = f"{prefix}/{own}" if prefix else own
    try:
        pattern, parameters = _compile(template)
    except ValueError as error:
        raise AppRefused(f"Function {function.name}, route {own!r}: {error}.") from error
    return Route(
        function=function,
        template=template,
        methods=frozenset(method.upper() for method in trigger.methods),
        pattern=pattern,
        parameters=parameters,
    )


def _check_reachable(route: Route, earlier: Iterable[Route]) -> None:
    """Refuse a route that others, tried before it, would always take the requests of."""
    for other in earlier:
        common = not route.methods or not other.methods or route.methods & other.methods
        if common and other.template.lower() == route.template.lower():
            raise AppRefused(
                f"Functions {other.function.name} and {route.function.name} have the same route"
                f" {route.template!r} and a method in common."
            )
        covers = not other.methods or (route.methods and route.methods <= other.methods)
        sample = route.sample()
        if covers and sample and other.match(next(iter(route.methods), "GET"), sample) is not None:
            raise AppRefused(
                f"Function {route.function.name} (route {route.template!r}) can never be reached:"
                f" {other.function.name} ({other.template!r}) matches first, because the host tries"
                " functions in the order of their names. Rename one, or constrain a parameter."
            )


def _compile(template: str) -> tuple[re.Pattern[str], tuple[_Parameter, ...]]:
    """A pattern for whole decoded paths, and the parameters that its groups stand for."""
    pattern = ""
    parameters: list[_Parameter] = []
    segments = template.split("/")
    for index, segment in enumerate(segments):
        inner, found = _segment(segment)
        absent = any(one.optional or one.catch_all for one in found)
        if absent and index + 1 < len(segments):
            raise ValueError(f"{segment!r} may only come last")
        pattern += f"(?:/{inner})?" if absent else f"/{inner}"
        parameters += found
    names = [one.name for one in parameters]
    if len(set(names)) < len(names):
        raise ValueError("it names a parameter twice")
    return re.compile(pattern + "/?", re.IGNORECASE | re.DOTALL), tuple(parameters)


def _segment(segment: str) -> tuple[str, list[_Parameter]]:
    """One segment as a pattern: literals and parameters in any mixture."""
    pattern, parameters, end = "", list[_Parameter](), 0
    for token in _TOKEN.finditer(segment):
        end = token.end()
        if token[2] is not None:
            pattern += re.escape(token[2])
            continue
        parameter = _parameter(token[1])
        parameters.append(parameter)
        pattern += "(.*)" if parameter.catch_all else "([^/]+?)"
    if end != len(segment) or not segment:
        raise ValueError(f"{segment!r} is no segment of a route")
    if len(parameters) > 1 and any(one.optional or one.catch_all for one in parameters):
        raise ValueError(f"{segment!r} mixes an optional parameter with others")
    return pattern, parameters


def _parameter(text: str) -> _Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise ValueError(f"{{{text}}} is no parameter that the local host understands")
    stars, name, constraints, optional = match.groups()
    return _Parameter(
        name=name,
        catch_all=bool(stars),
        optional=bool(optional),
        constraints=tuple(_constraint(*one) for one in _CONSTRAINT.findall(constraints)),
    )


def _constraint(name: str, argument: str) -> Callable[[str], bool]:
    """The test that an inline constraint stands for. Raises ValueError for one not offered here."""
    match name, argument:
        case (("int" | "long"), ""):
            return lambda value: re.fullmatch(r"[+-]?[0-9]{1,19}", value) is not None
        case "bool", "":
            return lambda value: value.lower() in {"true", "false"}
        case "guid", "":
            return _is_guid
        case "alpha", "":
            return lambda value: re.fullmatch(r"[A-Za-z]*", value) is not None
        case "minlength", limit if limit.isdecimal():
            return lambda value: len(value) >= int(limit)
        case "maxlength", limit if limit.isdecimal():
            return lambda value: len(value) <= int(limit)
        case "length", limit if limit.isdecimal():
            return lambda value: len(value) == int(limit)
        case _:
            raise ValueError(f"the local host knows no constraint {name}({argument})")


def _is_guid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
