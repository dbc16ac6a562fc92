"""Somebody with a browser before the pages, without a browser: requests with a cookie."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import azure.functions as func

from core.access.roles import Role
from functions import page_door, page_forms, page_mending, page_upkeep, pages
from functions.browsers import COOKIE
from functions.routes import Handler
from tests.support.access import issuer

NOTHING: Mapping[str, str] = {}
OURS: Mapping[str, str] = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]


def handler(name: str) -> Handler:
    """The page's function of that name."""
    places = (pages, page_upkeep, page_forms, page_mending, page_door)
    found: Handler = next(getattr(one, name) for one in places if hasattr(one, name))
    return found


async def look(
    function: str,
    path: str = "/",
    *,
    role: Role | None = Role.READER,
    asked: Mapping[str, str] = NOTHING,
    route: Mapping[str, str] = NOTHING,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] = OURS,
) -> Seen:
    """A browser's request: it has a cookie, and no other proof of who it is."""
    cookie = {"Cookie": f"{COOKIE}={issuer().token(role)}"} if role else {}
    request = func.HttpRequest(
        method="GET" if form is None else "POST",
        url=f"http://localhost{path}",
        params=asked,
        route_params=route,
        headers={**cookie, **headers},
        body=urlencode(form or {}).encode(),
    )
    response = await handler(function)(request)
    text = response.get_body().decode()
    return Seen(status=response.status_code, text=text, headers=response.headers)
