"""HTTP: the pages that people look at images on. Each asks the same answerers as `/api` does.

The host tries functions in the order of their names: `page_image_one` takes every path below
`/images/`, and so comes last of those there.
"""

import asyncio
from collections.abc import Sequence

import azure.functions as func

from core.access.roles import Role
from core.answers.catalogue import Found
from core.answers.findings import Finding, Upgrade
from core.domain.values import ImageName
from core.errors import NotNow
from core.pages.addressing import path
from core.pages.assets import asset_at
from core.pages.image import image_page
from core.pages.inventory import inventory_of, question
from core.pages.overview import overview_of
from core.pages.search import Sought
from core.pages.trends import trend_page
from core.pages.visit import Visit
from core.pages.vulnerability import names_of, vulnerability_of
from core.query.images import ImagePath, parse_path
from core.query.parameters import Parameters
from core.scanning.requests import Accepted, Refused
from functions.bootstrap import Services
from functions.callers import caller
from functions.forms import form_of
from functions.questions import question_of
from functions.routes import ANYBODY, ask, route
from functions.showing import Elsewhere, Shown, respond_asset, show, trouble

blueprint = func.Blueprint()

READER, ADMINISTRATOR = Role.READER, Role.ADMINISTRATOR

_PAGES = 8
"""Pages of 500 findings that one view of an image reads at most."""
_CARRIERS = 25
"""Images of one page of a vulnerability that are looked up."""


@route(blueprint, "page_overview", "/", failing=trouble, scoped=True, get=READER)
async def page_overview(request: func.HttpRequest) -> func.HttpResponse:
    """GET /"""
    return await show(request, _overview)


@route(blueprint, "page_attention", "/attention", failing=trouble, scoped=True, get=READER)
async def page_attention(request: func.HttpRequest) -> func.HttpResponse:
    """GET /attention"""
    return await show(request, _attention)


@route(blueprint, "page_changes", "/changes", failing=trouble, scoped=True, get=READER)
async def page_changes(request: func.HttpRequest) -> func.HttpResponse:
    """GET /changes"""
    return await show(request, _changes)


@route(blueprint, "page_trend", "/trend", failing=trouble, scoped=True, get=READER)
async def page_trend(request: func.HttpRequest) -> func.HttpResponse:
    """GET /trend"""
    return await show(request, _trend)


@route(blueprint, "page_asset", "/assets/{name}", failing=trouble, get=ANYBODY)
async def page_asset(request: func.HttpRequest) -> func.HttpResponse:
    """GET /assets/{name}"""
    return respond_asset(request, asset_at(request.route_params.get("name", "")))


@route(blueprint, "page_image_list", "/images", failing=trouble, scoped=True, get=READER)
async def page_image_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /images"""
    return await show(request, _images)


@route(blueprint, "page_search", "/search", failing=trouble, scoped=True, get=READER)
async def page_search(request: func.HttpRequest) -> func.HttpResponse:
    """GET /search?q="""
    return await show(request, _search)


@route(blueprint, "page_tag", "/tags", failing=trouble, scoped=True, get=READER)
async def page_tag(request: func.HttpRequest) -> func.HttpResponse:
    """GET /tags?registry=&repository=&tag="""
    return await show(request, _tag)


@route(blueprint, "page_package", "/packages", failing=trouble, scoped=True, get=READER)
async def page_package(request: func.HttpRequest) -> func.HttpResponse:
    """GET /packages?name="""

    async def package(core: Services, visit: Visit) -> Shown:
        return await _carriers(core, visit, "package", visit.asked.get("name", ""))

    return await show(request, package)


@route(
    blueprint,
    "page_vulnerability",
    "/vulnerabilities/{*id}",
    failing=trouble,
    scoped=True,
    get=READER,
)
async def page_vulnerability(request: func.HttpRequest) -> func.HttpResponse:
    """GET /vulnerabilities/{id}"""
    name = request.route_params.get("id", "")

    async def vulnerability(core: Services, visit: Visit) -> Shown | None:
        return await _carriers(core, visit, "cve", name) if name else None

    return await show(request, vulnerability)


@route(
    blueprint,
    "page_image_one",
    "/images/{*path}",
    failing=trouble,
    scoped=True,
    get=READER,
    post=ADMINISTRATOR,
)
async def page_image_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET /images/{registry}/{repository}/{digest}[/layers|/sbom|/export]; POST …/scan"""
    match parse_path(request.route_params.get("path", "")), request.method:
        case ImagePath(image=name, part="scan"), "POST":
            return await show(request, lambda core, visit: _scan(core, name, request))
        case ImagePath(image=name, part="scan"), "GET":
            return await show(request, lambda core, visit: _where_the_form_is(visit))
        case ImagePath(image=name, part="layers"), "GET":
            return await show(request, lambda core, visit: _layers(core, visit, name))
        case ImagePath(image=name, part="sbom"), "GET":
            return await ask(request, lambda core, given: core.answers.images.sbom(name, given))
        case ImagePath(image=name, part="export"), "GET":
            return await ask(
                request, lambda core, given: core.answers.exports.one(name, given, None)
            )
        case ImagePath(image=name, part=""), "GET" | "HEAD":
            return await show(request, lambda core, visit: _image(core, visit, name))
    return await show(request, _nothing)


async def _nothing(core: Services, visit: Visit) -> None:
    return None


async def _where_the_form_is(visit: Visit) -> Elsewhere:
    """Whoever has signed in again comes back to where their form was sent."""
    return Elsewhere(address=visit.path.removesuffix("/scan"))


async def _overview(core: Services, visit: Visit) -> Shown:
    summary, score = await asyncio.gather(
        core.answers.summary.summary(visit.dated), core.answers.score.score(visit.dated)
    )
    page = overview_of(summary, score)
    return Shown(template="overview.html", page=page)


async def _attention(core: Services, visit: Visit) -> Shown:
    answer = await core.answers.attention.page({**visit.dated, "limit": "12"})
    return Shown(template="attention.html", page=answer)


async def _changes(core: Services, visit: Visit) -> Shown:
    answer = await core.answers.trends.changes(visit.dated)
    return Shown(template="changes.html", page=answer)


async def _trend(core: Services, visit: Visit) -> Shown:
    answer = await core.answers.trends.trend(visit.dated)
    return Shown(template="trend.html", page=trend_page(answer))


async def _search(core: Services, visit: Visit) -> Shown | Elsewhere:
    sought = visit.asked.get("q", "").strip()
    if not sought:
        nothing = Found(images=[], total=0, vulnerability=None, package=None)
        return Shown(template="search.html", page=Sought(sought="", found=nothing))
    found = await core.answers.catalogue.search({**visit.dated, "q": sought})
    if found.vulnerability and not found.images:
        return Elsewhere(address=visit.to(path("vulnerabilities", found.vulnerability)))
    return Shown(template="search.html", page=Sought(sought=sought, found=found))


async def _tag(core: Services, visit: Visit) -> Shown | None:
    answer = await core.answers.tags.history(dict(visit.asked))
    return None if answer is None else Shown(template="tag.html", page=answer)


async def _carriers(core: Services, visit: Visit, by: str, name: str) -> Shown:
    """Images with a vulnerability, or with a package that has one."""
    asked = {**question(visit.asked, ()), **visit.dated, by: name, "disabled": "true"}
    carriers = await core.answers.findings.page({**asked, "limit": "60"})
    known = names_of(carriers, _CARRIERS)
    images, about = await asyncio.gather(
        asyncio.gather(*(core.answers.images.one(one, visit.dated) for one in known)),
        _about(core, visit, name if by == "cve" else "", known),
    )
    template = "vulnerability.html" if by == "cve" else "package.html"
    return Shown(template=template, page=vulnerability_of(name, carriers, images, about))


async def _about(
    core: Services, visit: Visit, name: str, images: Sequence[ImageName]
) -> Finding | None:
    """What an advisory says of a vulnerability, by the finding of the first image that has it."""
    if not name or not images:
        return None
    findings, _ = await _findings(core, images[0], {**visit.dated, "disabled": "true"})
    return next((one for one in findings if name in (one.id, *one.aliases)), None)


async def _images(core: Services, visit: Visit) -> Shown:
    asked = {**question(visit.asked), **visit.dated, "limit": "50"}
    answer, summary = await asyncio.gather(
        core.answers.images.page(asked), core.answers.summary.summary(visit.dated)
    )
    registries = tuple(one.registry for one in summary.registries)
    page = inventory_of(answer, registries, visit.asked)
    return Shown(template="images.html", page=page)


async def _image(core: Services, visit: Visit, name: ImageName) -> Shown | None:
    # All of them, whatever is listed: what to upgrade first does not hang on a filter.
    asked = {"disabled": visit.asked.get("disabled") or "false", **visit.dated}
    answer, (findings, upgrades) = await asyncio.gather(
        core.answers.images.one(name, visit.dated), _findings(core, name, asked)
    )
    if answer is None:
        return None
    page = image_page(answer, findings, upgrades, visit.asked)
    return Shown(template="image.html", page=page)


async def _layers(core: Services, visit: Visit, name: ImageName) -> Shown | None:
    answer = await core.answers.layers.of(name, visit.dated)
    return None if answer is None else Shown(template="layers.html", page=answer)


async def _findings(
    core: Services, name: ImageName, asked: dict[str, str]
) -> tuple[list[Finding], list[Upgrade]]:
    """All findings of an image that are asked for, some thousands at most, and its upgrades."""
    found: list[Finding] = []
    upgrades: list[Upgrade] = []
    place: dict[str, str] = {}
    for _ in range(_PAGES):
        page = await core.answers.images.findings(name, {**asked, "limit": "500", **place})
        if page is None:
            break
        found += page.value
        upgrades += page.upgrades if isinstance(page.upgrades, list) else []
        if not page.continuation_token:
            break
        place = {"continuationToken": page.continuation_token}
    return found, upgrades


async def _scan(core: Services, name: ImageName, request: func.HttpRequest) -> Elsewhere | None:
    """Ask for a scan, and come back to the image."""
    form_of(request)
    Parameters(question_of(request), known=frozenset())
    match await core.scanning.requests.ask(name, by=caller(request)):
        case Accepted():
            place = path("images", name.registry, name.repository, name.digest)
            return Elsewhere(address=f"{place}?asked=1")
        case Refused(reason=reason):
            raise NotNow(reason)
    return None
