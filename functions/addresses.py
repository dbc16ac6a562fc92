"""Where functions are reached: what scripts ask is under `/api`, pages are at the root.

The host knows one prefix for all routes, so host.json asks for none, and it is put on here. As in
ASP.NET Core, a route that begins with a slash says its whole address; every other one is relative.
"""

PREFIX = "api"

ROOT = "{ignored:maxlength(0)?}"
"""The template that only `/` fits: the host takes an empty one for the function's own name."""


def address(route: str) -> str:
    """The template that the host gets for a route."""
    if route.startswith("/"):
        return route.removeprefix("/") or ROOT
    return f"{PREFIX}/{route}"
