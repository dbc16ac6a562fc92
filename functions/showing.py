"""Pages over HTTP: what `functions/http.py` is for JSON. Errors are pages, too.

A page loads nothing from anywhere else and runs no script but ours: the browser is told so, in case
a name out of an image ever got through as markup.
"""

import gzip
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import azure.functions as func

from core.access.roles import Role
from core.errors import Contended, InvalidInput, NotNow, PratiqueError, StorageUnavailable
from core.pages.assets import Asset
from core.pages.rendering import render
from core.pages.signing_in import Door
from core.pages.visit import Visit
from core.query.parameters import AS_OF
from functions.access_settings import SignInKind
from functions.bootstrap import Services, sign_in_kind
from functions.browsers import COOKIE
from functions.callers import caller, role_of, scope_of
from functions.questions import question_of
from functions.routes import seen_by
from functions.sending import SAFE

logger = logging.getLogger(__name__)

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = {
    **SAFE,
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding, Cookie",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_WORTH_IT = 1_000
"""Bytes from which on compression saves something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page to be sent."""

    template: str
    page: object
    """What the template shows; its own type is the template's contract."""
    status: HTTPStatus = HTTPStatus.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Where to look instead."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)


type Page = Callable[[Services, Visit], Awaitable[Shown | Elsewhere | None]]
"""From a visit to what is shown; `None` for what is not there."""


async def show(request: func.HttpRequest, page: Page) -> func.HttpResponse:
    """The response to somebody who looks at a page."""
    visit = visit_of(request)
    if visit.local is not None:
        return redirect(Elsewhere(address=visit.local))
    try:
        _ = visit.moment
    except InvalidInput as error:
        kept = {name: value for name, value in visit.asked.items() if name != AS_OF}
        now = replace(visit, asked=kept)  # whose frame can be shown
        return respond_page(request, now, _trouble(HTTPStatus.BAD_REQUEST, str(error)))
    try:
        shown = await page(await seen_by(request), visit)
    except InvalidInput as error:
        shown = _trouble(HTTPStatus.BAD_REQUEST, str(error))
    except NotNow as error:
        shown = _trouble(HTTPStatus.CONFLICT, str(error))
    except (StorageUnavailable, Contended) as error:
        logger.warning("%s %s: %s", request.method, visit.path, error)
        shown = _trouble(HTTPStatus.SERVICE_UNAVAILABLE, "Storage does not answer. Try again soon.")
    except PratiqueError as error:
        logger.exception("%s %s", request.method, visit.path)
        detail = f"{type(error).__name__}: the app's log says more."
        shown = _trouble(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
    if isinstance(shown, Elsewhere):
        return redirect(shown)
    return respond_page(request, visit, shown or _trouble(HTTPStatus.NOT_FOUND, _NOT_HERE))


def trouble(
    status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """An error as a page, for somebody of whom nothing is known. Who must sign in is shown how."""
    shown = _trouble(status, detail)
    if status is HTTPStatus.UNAUTHORIZED:
        shown = door(status=status)
    return func.HttpResponse(
        body=render(shown.template, visit=Visit(path="/", now=datetime.now(UTC)), page=shown.page),
        status_code=status.value,
        headers={**_SAFE, **(headers or {})},
        mimetype="text/html; charset=utf-8",
    )


def door(why: str = "", status: HTTPStatus = HTTPStatus.OK) -> Shown:
    """The page that asks who somebody is."""
    platform = sign_in_kind() is SignInKind.PLATFORM
    return Shown(template="sign_in.html", page=Door(platform=platform, trouble=why), status=status)


def visit_of(request: func.HttpRequest) -> Visit:
    """Who looks at what."""
    known = stranger(request)
    return replace(
        known,
        name=caller(request),
        administrator=role_of(request) is Role.ADMINISTRATOR,
        limited=not scope_of(request).whole,
        can_leave=COOKIE in (request.headers.get("cookie") or ""),
    )


def stranger(request: func.HttpRequest) -> Visit:
    """The same, of somebody who has not said who they are."""
    path = urlsplit(str(request.url)).path or "/"
    return Visit(path=path, asked=question_of(request), now=datetime.now(UTC))


def respond_page(request: func.HttpRequest, visit: Visit, shown: Shown) -> func.HttpResponse:
    """The page, compressed where the browser takes that."""
    body = render(shown.template, visit=visit, page=shown.page)
    headers = dict(_SAFE)
    if _takes_gzip(request) and len(body) >= _WORTH_IT:
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    return func.HttpResponse(
        body=body,
        status_code=shown.status.value,
        headers=headers,
        mimetype="text/html; charset=utf-8",
    )


def respond_asset(request: func.HttpRequest, asset: Asset | None) -> func.HttpResponse:
    """A file of the pages, to be kept for ever: its address changes when it does."""
    if asset is None:
        return func.HttpResponse(body=b"", status_code=HTTPStatus.NOT_FOUND.value)
    etag = f'"{asset.hash}"'
    headers = {
        "Cache-Control": _FOR_EVER,
        "ETag": etag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == etag:
        return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    body = asset.content
    if _takes_gzip(request):
        body, headers["Content-Encoding"] = asset.compressed, "gzip"
    return func.HttpResponse(body=body, headers=headers, mimetype=asset.media_type)


def redirect(to: Elsewhere) -> func.HttpResponse:
    """An answer that leads to another page of ours."""
    return func.HttpResponse(
        status_code=HTTPStatus.SEE_OTHER.value,
        headers={"Location": to.address, **to.headers},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What the page says that there is instead of another."""

    title: str
    detail: str


_TITLES = {
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.BAD_REQUEST: "That question makes no sense",
    HTTPStatus.CONFLICT: "Not just now",
    HTTPStatus.FORBIDDEN: "This takes another role",
    HTTPStatus.SERVICE_UNAVAILABLE: "Storage does not answer",
}
_NOT_HERE = "Nothing goes by that name, or it was not there at that moment."


def _trouble(status: HTTPStatus, detail: str) -> Shown:
    title = _TITLES.get(status, "Something went wrong")
    sentence = f"{detail[:1].upper()}{detail[1:].rstrip('.')}."
    return Shown(template="trouble.html", page=Trouble(title=title, detail=sentence), status=status)


def _takes_gzip(request: func.HttpRequest) -> bool:
    return "gzip" in (request.headers.get("accept-encoding") or "").lower()
