"""Route templates, as ASP.NET Core writes them, compiled to regular expressions.

`images/{registry}/{tag?}`, `{id:int}`, `{name}.json`, `{*path}`. Literals are compared without
regard to case. A template with a part that is not offered here is refused, never misread.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

_TOKEN = re.compile(r"\{([^{}]*)\}|([^{}]+)")
_PARAMETER = re.compile(r"(\*{0,2})(\w+)((?::\w+(?:\([^()]*\))?)*)(\??)")
_CONSTRAINT = re.compile(r":(\w+)(?:\(([^()]*)\))?")

_SAMPLES = ("x", "1", "true", str(UUID(int=0)), *("x" * n for n in range(2, 65)))
"""Values to try a template with: one of them meets every constraint that is met at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One `{…}` of a template."""

    name: str
    catch_all: bool
    optional: bool
    constraints: tuple[Callable[[str], bool], ...]

    def admits(self, value: str) -> bool:
        return all(constraint(value) for constraint in self.constraints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One compiled template."""

    text: str
    pattern: re.Pattern[str]
    parameters: tuple[Parameter, ...]
    """In the order of the pattern's groups."""

    def match(self, path: str) -> Mapping[str, str] | None:
        """The values of the parameters in a decoded path; nothing when it does not fit."""
        matched = self.pattern.fullmatch(path)
        if matched is None:
            return None
        found = zip(self.parameters, matched.groups(), strict=True)
        values = [(parameter, value) for parameter, value in found if value]
        if not all(parameter.admits(value) for parameter, value in values):
            return None
        return {parameter.name: value for parameter, value in values}

    def sample(self) -> str | None:
        """A path that fits; nothing where none comes to mind."""
        path = self.text
        for parameter in self.parameters:
            value = next((one for one in _SAMPLES if parameter.admits(one)), None)
            if value is None:
                return None
            path = re.sub(rf"\{{\**{parameter.name}[^{{}}]*\}}", value, path, count=1)
        return f"/{path}"


def compile_template(text: str) -> Template:
    """The template that `text` writes. Raises ValueError that says what is wrong with it."""
    pattern = ""
    parameters: list[Parameter] = []
    segments = text.split("/")
    for index, segment in enumerate(segments):
        inner, found = _segment(segment)
        absent = any(one.optional or one.catch_all for one in found)
        if absent and index + 1 < len(segments):
            raise ValueError(f"{segment!r} may only come last")
        pattern += f"(?:/{inner})?" if absent else f"/{inner}"
        parameters += found
    names = [one.name.lower() for one in parameters]
    if len(set(names)) < len(names):
        raise ValueError("it names a parameter twice")
    whole = re.compile(pattern + "/?", re.IGNORECASE | re.DOTALL)
    return Template(text=text, pattern=whole, parameters=tuple(parameters))


def _segment(segment: str) -> tuple[str, list[Parameter]]:
    """One segment as a pattern: literals and parameters in any mixture."""
    tokens = list(_TOKEN.finditer(segment))
    if not segment or "".join(token[0] for token in tokens) != segment:
        raise ValueError(f"{segment!r} is no segment of a route")
    pattern = ""
    parameters: list[Parameter] = []
    for token in tokens:
        if token[2] is not None:
            pattern += re.escape(token[2])
            continue
        parameter = _parameter(token[1])
        parameters.append(parameter)
        pattern += "(.*)" if parameter.catch_all else "([^/]+?)"
        if len(tokens) > 1 and (parameter.optional or parameter.catch_all):
            raise ValueError(f"{{{token[1]}}} must be a segment of its own")
    return pattern, parameters


def _parameter(text: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise ValueError(f"{{{text}}} is no parameter that the local host understands")
    stars, name, constraints, optional = match.groups()
    return Parameter(
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
