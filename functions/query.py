"""HTTP: what stands behind many images at once: their findings, their exports, their bills."""

from collections.abc import Mapping

import azure.functions as func

from core.access.roles import Role
from core.answers.billing import BillOfDigest, Bills
from core.answers.findings import FindingsOfImages
from core.exports.forms import ACCEPTED, MEDIA_TYPES
from core.exports.lines import CSV
from core.openapi.operations import reads
from core.query.asked import (
    AS_OF,
    CVE,
    DIGEST,
    DISABLED,
    FORMAT,
    MONTH,
    PACKAGE,
    PAGING,
    REASON,
    REGISTRY,
    REPOSITORY,
    SHEET,
    SUBSCRIPTION,
)
from core.query.documents import SHEETS, wants_csv
from functions.bootstrap import Services
from functions.http import Told
from functions.routes import ask, route, unless_named

blueprint = func.Blueprint()


@route(
    blueprint,
    "export",
    "export",
    reads(
        "export",
        None,
        "The same of many images, page by page; the header Link leads to the next one.",
        *(REGISTRY, REPOSITORY, SUBSCRIPTION, FORMAT, AS_OF, *PAGING),
        group="Exports",
        documents=MEDIA_TYPES,
    ),
    scoped=True,
    serving=unless_named(ACCEPTED),
    get=Role.READER,
)
async def export(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/export?format=, by registry, repository, subscription"""
    accept = request.headers.get("accept")
    return await ask(request, lambda core, given: core.answers.exports.page(given, accept))


@route(
    blueprint,
    "finding_list",
    "findings",
    reads(
        "findings",
        FindingsOfImages,
        "Which images have a vulnerability, or a package that has one. Give either.",
        *(CVE, PACKAGE, DISABLED, AS_OF, *PAGING),
        group="Findings",
    ),
    scoped=True,
    get=Role.READER,
)
async def finding_list(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/findings?cve= or ?package=, with asOf= of a moment of the past"""
    return await ask(request, lambda core, given: core.answers.findings.page(given))


@route(
    blueprint,
    "billing_month",
    "billing",
    reads(
        "billing",
        (Bills, BillOfDigest),
        "The ledger of a month; or the line of one digest.",
        *(MONTH, SUBSCRIPTION, REASON, DIGEST, SHEET, AS_OF, *PAGING),
        group="Billing",
        documents=(CSV.media_type,),
    ),
    scoped=True,
    serving=unless_named(SHEETS),
    get=Role.READER,
)
async def billing_month(request: func.HttpRequest) -> func.HttpResponse:
    """GET /api/billing?month=, as JSON or, with `Accept: text/csv` or `format=csv`, as a sheet"""
    accept = request.headers.get("accept")
    return await ask(request, lambda core, given: _billing(core, given, accept))


async def _billing(core: Services, given: Mapping[str, str], accept: str | None) -> Told:
    if wants_csv(given, accept):
        return await core.answers.billing.sheet(given)
    return await core.answers.billing.month(given)
