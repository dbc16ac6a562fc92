"""HTTP: the pages. Each asks the same answerers as the routes under `/api`.

The host tries functions in the order of their names: `page_image_one` takes every path below
`/images/`, and so comes last of those there.
"""

import asyncio

import azure.functions as func

from core.access.roles import Role
from core.domain.values import ImageName
from core.pages.assets import asset_at
from core.pages.image import image_page
from core.pages.inventory import inventory_of, question
from core.pages.overview import Attention, overview_of
from core.pages.reading import read
from core.pages.shapes import Finding, Findings, Image, Images, Score, Summary, Upgrade
from core.pages.visit import Visit
from core.query.images import parse_path
from functions.bootstrap import Services
from functions.routes import ANYBODY, route
from functions.showing import Shown, respond_asset, show, trouble

blueprint = func.Blueprint()

_PAGES = 8
"""Pages of 500 findings that one view of an image reads at most."""

READER, ADMINISTRATOR = Role.READER, Role.ADMINISTRATOR


@route(blueprint, "page_overview", "/", failing=trouble, get=READER)
async def page_overview(request: func.HttpRequest) -> func.HttpResponse:
    """GET /"""
    return await show(request, _overview)


@route(blueprint, "page_attention", "/attention", failing=trouble, get=READER)
async def page_attention(request: func.HttpRequest) -> func.HttpResponse:
    """GET /attention"""
    return await show(request, _attention)


@route(blueprint, "page_asset", "/assets/{name}", failing=trouble, get=ANYBODY)
async def page_asset(request: func.HttpRequest) -> func.HttpResponse:
    """GET /assets/{name}"""
    return respond_asset(request, asset_at(request.route_params.get("name", "")))


@route(blueprint, "page_image_list", "/images", failing=trouble, get=READER)
async def page_image_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /images"""
    return await show(request, _images)


@route(blueprint, "page_image_one", "/images/{*path}", failing=trouble, get=READER)
async def page_image_one(request: func.HttpRequest) -> func.HttpResponse:
    """GET /images/{registry}/{repository}/{digest}"""
    name = parse_path(request.route_params.get("path", ""))

    async def image(core: Services, visit: Visit) -> Shown | None:
        return None if name is None or name.part else await _image(core, visit, name.image)

    return await show(request, image)


async def _images(core: Services, visit: Visit) -> Shown:
    asked = {**question(visit.asked), **visit.dated, "limit": "50"}
    answer, summary = await asyncio.gather(
        core.answers.images.page(asked), core.answers.summary.summary(visit.dated)
    )
    registries = tuple(one.registry for one in read(summary, Summary).registries)
    page = inventory_of(read(answer, Images), registries, visit.asked)
    return Shown(template="images.html", page=page)


async def _image(core: Services, visit: Visit, name: ImageName) -> Shown | None:
    asked = {**question(visit.asked, ("severity", "patchable", "disabled")), **visit.dated}
    asked.pop("continuationToken", None)
    answer, (findings, upgrades) = await asyncio.gather(
        core.answers.images.one(name, visit.dated), _findings(core, name, asked)
    )
    if answer is None:
        return None
    page = image_page(read(answer, Image), findings, upgrades, visit.asked)
    return Shown(template="image.html", page=page)


async def _findings(
    core: Services, name: ImageName, asked: dict[str, str]
) -> tuple[list[Finding], list[Upgrade]]:
    """All findings of an image that are asked for, some thousands at most, and its upgrades."""
    found: list[Finding] = []
    upgrades: list[Upgrade] = []
    place: dict[str, str] = {}
    for _ in range(_PAGES):
        answer = await core.answers.images.findings(name, {**asked, "limit": "500", **place})
        if answer is None:
            break
        page = read(answer, Findings)
        found += page.value
        upgrades += page.upgrades if isinstance(page.upgrades, list) else []
        if page.continuation_token is None:
            break
        place = {"continuationToken": page.continuation_token}
    return found, upgrades


async def _overview(core: Services, visit: Visit) -> Shown:
    summary, score = await asyncio.gather(
        core.answers.summary.summary(visit.dated), core.answers.score.score(visit.dated)
    )
    page = overview_of(read(summary, Summary), read(score, Score))
    return Shown(template="overview.html", page=page)


async def _attention(core: Services, visit: Visit) -> Shown:
    answer = await core.answers.attention.page({**visit.dated, "limit": "12"})
    return Shown(template="attention.html", page=read(answer, Attention))
