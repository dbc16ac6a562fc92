"""HTTP: signing in and out with a browser.

In Azure, App Service authentication does it where the settings say so. Everywhere else a token is
shown once, checked as the API checks it, and kept in a cookie that no script sees.
"""

from http import HTTPStatus

import azure.functions as func

from core.access.doorman import Forbidden
from core.access.grants import Caller
from core.access.identities import Unproven
from core.errors import InvalidInput
from core.pages.signing_in import inside
from functions.bootstrap import doorman
from functions.browsers import keeping
from functions.forms import form_of
from functions.routes import ANYBODY, route
from functions.showing import Elsewhere, door, redirect, respond_page, stranger, trouble

blueprint = func.Blueprint()

KEPT = 12 * 3600
"""Seconds for which a browser keeps a token; it may be good for less."""


@route(blueprint, "page_sign_in", "/sign-in", failing=trouble, get=ANYBODY, post=ANYBODY)
async def page_sign_in(request: func.HttpRequest) -> func.HttpResponse:
    """GET and POST /sign-in"""
    if request.method == "POST":
        return await _taken(request)
    return respond_page(request, stranger(request), door())


@route(blueprint, "page_sign_out", "/sign-out", failing=trouble, stands_on="/", post=ANYBODY)
async def page_sign_out(request: func.HttpRequest) -> func.HttpResponse:
    """POST /sign-out"""
    try:
        form_of(request)
    except InvalidInput as error:
        return trouble(HTTPStatus.BAD_REQUEST, str(error))
    return redirect(Elsewhere(address="/sign-in", headers={"Set-Cookie": keeping("", seconds=0)}))


async def _taken(request: func.HttpRequest) -> func.HttpResponse:
    """Let somebody in whose token is good."""
    try:
        form = form_of(request)
    except InvalidInput as error:
        return trouble(HTTPStatus.BAD_REQUEST, str(error))
    token = form.get("token", "").strip()
    if not token.isascii() or not token.isprintable() or ";" in token or " " in token:
        return _refused(request, "that is no token")
    known = await doorman().know({"authorization": f"Bearer {token}"})
    match known:
        case Caller():
            cookie = {"Set-Cookie": keeping(token, seconds=KEPT)}
            return redirect(Elsewhere(address=inside(form.get("next", "/")), headers=cookie))
        case Unproven(reason=reason) | Forbidden(reason=reason):
            return _refused(request, reason)
    return _refused(request, "you ask too often; wait a minute")


def _refused(request: func.HttpRequest, why: str) -> func.HttpResponse:
    shown = door(f"You are not signed in: {why}.", HTTPStatus.UNAUTHORIZED)
    return respond_page(request, stranger(request), shown)
