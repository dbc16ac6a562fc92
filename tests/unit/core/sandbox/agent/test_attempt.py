"""Whatever goes wrong with an attempt, it ends in time with an outcome that says what it was."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from core.domain.values import FailureCause, ImageName, NotApplicableCause, ScanId
from core.registry.client import RegistryClient
from core.registry.interface import Registry
from core.sandbox.agent.attempt import Bench, Result, attempt
from core.sandbox.agent.settings import CageKind
from core.sandbox.interface import Limits, Order, Status
from core.sandbox.outcomes import decode_outcome, encode_outcome
from tests.unit.core.registry.servers import HASTY, Handler, Script, local, serving
from tests.unit.core.sandbox.images import Packed, Shelf, archive, debian, pack
from tests.unit.core.sandbox.workbench import probe_tool

NOWHERE = "http://127.0.0.1:9/nowhere"


@asynccontextmanager
async def hasty(order: Order) -> AsyncIterator[Registry]:
    """The registry of an order, asked with little patience."""
    async with RegistryClient(local(order.image.registry), patience=HASTY) as client:
        yield client


async def attempted(
    folder: Path, handler: Handler, image: Packed, limits: Limits | None = None
) -> Result:
    bench = Bench(tool=probe_tool(), cage=CageKind.PROCESS, folder=folder, registry=hasty)
    async with serving(handler) as server:
        order = Order(
            scan=ScanId("scan"),
            attempt=3,
            image=ImageName(registry=server, repository="team/app", digest=image.digest),
            token=None,
            plain_http=True,
            limits=limits or Limits(seconds=60),
            sbom_url=NOWHERE,
            outcome_url=NOWHERE,
            report_url=NOWHERE,
        )
        result = await attempt(order, bench)
    outcome = result.outcome
    assert (outcome.scan, outcome.attempt, outcome.image) == (order.scan, 3, order.image)
    assert decode_outcome(encode_outcome(outcome)) == outcome
    return result


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (web.Response(status=401), FailureCause.PULL_DENIED),
        (web.Response(status=403), FailureCause.PULL_DENIED),
        (web.Response(status=404), FailureCause.MANIFEST_UNKNOWN),
        (web.Response(status=429, headers={"Retry-After": "3600"}), FailureCause.THROTTLED),
        (web.Response(status=500), FailureCause.REGISTRY_UNAVAILABLE),
        (web.Response(body=b"other"), FailureCause.UNTRUSTED_CONTENT),
    ],
)
async def test_a_pull_that_fails_says_why(
    tmp_path: Path, answer: web.Response, cause: FailureCause
) -> None:
    outcome = (await attempted(tmp_path, Script(answer), pack(debian()))).outcome
    assert (outcome.status, outcome.cause) == (Status.FAILED, cause)
    assert outcome.message


async def test_a_registry_that_never_comes_to_an_end_costs_the_attempts_time_and_no_more(
    tmp_path: Path,
) -> None:
    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    result = await attempted(tmp_path, drip, pack(debian()), Limits(seconds=1))
    assert result.outcome.cause is FailureCause.TIMEOUT
    assert result.outcome.message == "The scan took longer than 1 s."


async def test_a_bug_of_the_agents_own_is_an_outcome_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "image").write_text("in the way")
    outcome = (await attempted(tmp_path, Shelf(pack(debian())), pack(debian()))).outcome
    assert (outcome.status, outcome.cause) == (Status.FAILED, FailureCause.INTERNAL)
    assert "NotADirectoryError" in outcome.message
    assert "Traceback" in capsys.readouterr().err


async def test_what_is_no_image_to_scan_says_so_with_its_platform(tmp_path: Path) -> None:
    image = pack(debian(), os="windows")
    result = await attempted(tmp_path, Shelf(image), image)
    outcome = result.outcome
    assert (outcome.status, outcome.cause) == (Status.NOT_APPLICABLE, NotApplicableCause.WINDOWS)
    assert (outcome.os, outcome.architecture, outcome.variant) == ("windows", "arm64", "v8")
    assert result.inventory is None


@pytest.mark.sandbox
async def test_an_inventory_comes_with_all_that_is_known_about_it(tmp_path: Path) -> None:
    image = pack(archive({}), annotations={"probe": "list a little"})
    result = await attempted(tmp_path, Shelf(image), image)
    outcome = result.outcome
    assert (outcome.status, outcome.cause, outcome.packages) == (Status.INVENTORIED, None, 2)
    assert (outcome.cataloger, outcome.cataloger_version) == ("trivy", "1.2.3")
    assert outcome.sbom is not None
    assert outcome.sbom.size == len(result.inventory or b"")
    assert outcome.fetched_at is not None
    assert outcome.started_at <= outcome.fetched_at <= outcome.finished_at


@pytest.mark.sandbox
async def test_a_cataloger_that_does_not_end_is_ended(tmp_path: Path) -> None:
    image = pack(archive({}), annotations={"probe": "spin"})
    result = await attempted(tmp_path, Shelf(image), image, Limits(seconds=2))
    assert result.outcome.cause is FailureCause.TIMEOUT
