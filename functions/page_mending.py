"""HTTP: what administrators do on the page of operations: views are made anew, events tried again.

Each form leads back to that page. They call what the routes under `/api/manage` call.
"""

from collections.abc import Awaitable, Callable, Mapping

import azure.functions as func
import msgspec

from core.access.roles import Role
from core.pages.visit import Visit
from core.rebuilding.answers import Management
from functions.bootstrap import Services
from functions.callers import caller
from functions.forms import form_of
from functions.routes import route
from functions.showing import Elsewhere, show, trouble

blueprint = func.Blueprint()

ADMINISTRATOR = Role.ADMINISTRATOR

type Act = Callable[[Management, str, bytes, str], Awaitable[msgspec.Struct | None]]
"""What is done to a follower: by whom, and with which request; `None` where there is none."""


@route(
    blueprint,
    "page_rebuild",
    "/operations/{name}/rebuild",
    failing=trouble,
    stands_on="/operations",
    post=ADMINISTRATOR,
)
async def page_rebuild(request: func.HttpRequest) -> func.HttpResponse:
    """POST /operations/{name}/rebuild"""
    return await _act(request, Management.rebuild, "asked for on the operations page")


@route(
    blueprint,
    "page_cancel",
    "/operations/{name}/cancel",
    failing=trouble,
    stands_on="/operations",
    post=ADMINISTRATOR,
)
async def page_cancel(request: func.HttpRequest) -> func.HttpResponse:
    """POST /operations/{name}/cancel"""
    return await _act(request, Management.cancel, "called off on the operations page")


@route(
    blueprint,
    "page_retry",
    "/operations/{name}/retry",
    failing=trouble,
    stands_on="/operations",
    post=ADMINISTRATOR,
)
async def page_retry(request: func.HttpRequest) -> func.HttpResponse:
    """POST /operations/{name}/retry"""
    return await _act(request, Management.retry, "tried again on the operations page")


@route(
    blueprint,
    "page_skip",
    "/operations/{name}/skip",
    failing=trouble,
    stands_on="/operations",
    post=ADMINISTRATOR,
)
async def page_skip(request: func.HttpRequest) -> func.HttpResponse:
    """POST /operations/{name}/skip"""
    return await _act(request, Management.skip, "")


async def _act(request: func.HttpRequest, act: Act, usual: str) -> func.HttpResponse:
    """Do it, and come back. The reason is the form's, or the usual one."""
    name = request.route_params.get("name", "")

    async def page(core: Services, visit: Visit) -> Elsewhere | None:
        asked = _asked(form_of(request), usual)
        done = await act(core.following.management, name, asked, caller(request))
        return None if done is None else Elsewhere(address="/operations")

    return await show(request, page)


def _asked(form: Mapping[str, str], usual: str) -> bytes:
    """The form, as the API takes it: it says what is wrong."""
    place = {one: int(form[one]) for one in ("shard", "position") if form.get(one, "").isdigit()}
    return msgspec.json.encode({**place, "reason": form.get("reason", "").strip() or usual})
