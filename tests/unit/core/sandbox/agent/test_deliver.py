"""What a sandbox found arrives once, whatever storage does meanwhile."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession, web

from core.domain.values import Artifact, FailureCause, ImageName, ScanId
from core.sandbox.agent.attempt import Result
from core.sandbox.agent.deliver import Courier, Delivery
from core.sandbox.interface import Order, Outcome, Status
from core.sandbox.outcomes import decode_outcome
from core.sandbox.reports import Report
from tests.unit.core.registry.servers import serving
from tests.unit.core.sandbox.workbench import Workbench

IMAGE = ImageName(registry="demo.azurecr.io", repository="app", digest="sha256:" + "0" * 64)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
FOUND = Result(
    outcome=Outcome(
        scan=ScanId("scan"),
        attempt=1,
        image=IMAGE,
        status=Status.INVENTORIED,
        sbom=Artifact(sha256="0" * 64, size=2),
        packages=7,
        started_at=NOW,
        finished_at=NOW,
    ),
    inventory=b"{}",
)
LOSE_THE_ANSWER = 0
"""Instead of a status: take the request, and hang up."""


class Storage:
    """A storage account that answers each address by its own list, then with 201."""

    def __init__(self, **answers: Sequence[int]) -> None:
        self._answers = {name: list(listed) for name, listed in answers.items()}
        self.requests: list[tuple[str, str]] = []
        self.bodies: dict[str, bytes] = {}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.strip("/")
        self.requests.append((request.method, name))
        body = await request.read()
        answers = self._answers.get(name, [])
        answer = answers.pop(0) if answers else 201
        if answer in (201, LOSE_THE_ANSWER):
            self.bodies[name] = body
        if answer == LOSE_THE_ANSWER:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=answer or 500, headers={"Location": "/elsewhere"})


@asynccontextmanager
async def courier(storage: Storage) -> AsyncIterator[tuple[Courier, Order]]:
    async with serving(storage) as server, ClientSession() as session:
        order = Order(
            scan=ScanId("scan"),
            attempt=1,
            image=IMAGE,
            token=None,
            sbom_url=f"http://{server}/sbom",
            outcome_url=f"http://{server}/outcome",
            report_url=f"http://{server}/report",
        )
        yield Courier(session, pauses=(0.0, 0.01, 0.01)), order


async def deliver(storage: Storage) -> Outcome:
    """Deliver the finding, and read the outcome as it arrived."""
    async with courier(storage) as (bearer, order):
        await bearer.deliver(order, FOUND)
    return decode_outcome(storage.bodies["outcome"])


async def test_the_inventory_comes_first_and_the_report_last() -> None:
    storage = Storage()
    assert await deliver(storage) == FOUND.outcome
    assert storage.requests == [("PUT", "sbom"), ("PUT", "outcome"), ("POST", "report")]
    assert storage.bodies["sbom"] == FOUND.inventory


@pytest.mark.parametrize("trouble", [500, 503, 429, 408, LOSE_THE_ANSWER])
@pytest.mark.parametrize("where", ["sbom", "outcome", "report"])
async def test_trouble_that_passes_is_outlived(trouble: int, where: str) -> None:
    storage = Storage(**{where: [trouble, trouble]})
    assert await deliver(storage) == FOUND.outcome
    assert storage.bodies.keys() == {"sbom", "outcome", "report"}


@pytest.mark.parametrize("refusal", [403, 409, 412])
async def test_a_refusal_after_an_answer_was_lost_means_that_it_arrived(refusal: int) -> None:
    storage = Storage(sbom=[LOSE_THE_ANSWER, refusal], outcome=[LOSE_THE_ANSWER, refusal])
    assert await deliver(storage) == FOUND.outcome


@pytest.mark.parametrize("refusal", [403, 409, 412])
async def test_no_outcome_names_an_inventory_that_an_earlier_life_wrote(refusal: int) -> None:
    outcome = await deliver(Storage(sbom=[refusal]))
    assert (outcome.status, outcome.cause) == (Status.FAILED, FailureCause.INTERNAL)
    assert outcome.sbom is None


async def test_an_outcome_that_is_there_already_stays_and_is_reported_again() -> None:
    storage = Storage(sbom=[409], outcome=[409])
    async with courier(storage) as (bearer, order):
        await bearer.deliver(order, FOUND)
    assert storage.bodies.keys() == {"report"}


async def test_storage_that_stays_down_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    storage = Storage(sbom=[503] * 9, outcome=[503] * 9, report=[503] * 9)
    async with courier(storage) as (bearer, order):
        await bearer.deliver(order, FOUND)
    assert len(storage.requests) == 9
    assert "the outcome's blob: lost; the report: lost" in capsys.readouterr().err


async def test_a_redirect_is_not_followed() -> None:
    storage = Storage(outcome=[307])
    async with courier(storage) as (bearer, order):
        assert await bearer.put_blob(order.outcome_url, b"{}") is Delivery.DONE
    assert storage.requests == [("PUT", "outcome"), ("PUT", "outcome")]


@pytest.mark.azurite
async def test_real_storage_takes_each_blob_once_and_every_report(
    bench: Workbench,
) -> None:
    order = replace(await bench.order(IMAGE), token=None)
    report = Report(scan=order.scan, attempt=order.attempt)
    large = b" " * (3 * 1024 * 1024)
    async with ClientSession() as session:
        bearer = Courier(session, pauses=(0.0,))
        assert await bearer.put_blob(order.sbom_url, large) is Delivery.DONE
        assert await bearer.put_blob(order.sbom_url, b"other") is Delivery.REFUSED
        assert await bearer.send_report(order) is Delivery.DONE
        assert await bearer.send_report(order) is Delivery.DONE
    assert await bench.sbom(order) == large
    assert (await bench.reports()).count(report) == 2
