"""What is said of plans and registries, and how a plan is switched."""

import pytest

from core.domain.values import Unsupported
from core.enrolment.discovery import Discovery
from core.enrolment.interface import ListedRegistries
from core.enrolment.plans import Plans
from core.errors import InvalidInput
from core.log.sharded import open_log
from core.query.plans import PlanQueries, wanted
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.listed import found
from tests.support.samples import SUBSCRIPTION, at
from tests.support.wire import wire


@pytest.fixture
async def plans() -> Plans:
    """A subscription with a registry that is supported and one that is not; the plan is off."""
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=2)
    registries = ListedRegistries(
        [
            found(),
            found("two.azurecr.io", unsupported=Unsupported.NOT_READY, message="It is being made."),
        ]
    )
    await Discovery(log, registries).run()
    return Plans(log, registries)


async def test_a_plan_says_whether_it_is_on_since_when_and_by_whom(plans: Plans) -> None:
    queries = PlanQueries(plans)
    usual = {"subscription": SUBSCRIPTION, "registries": 2, "supported": 1}
    assert wire(await queries.all({})) == {
        "value": [{**usual, "on": False, "since": None, "by": None, "history": []}]
    }
    await plans.switch(SUBSCRIPTION, on=True, by="somebody", now=at(0))
    moment = "2026-01-01T00:00:00.000000Z"
    assert wire(await queries.one(SUBSCRIPTION.upper(), {})) == {
        **usual,
        "on": True,
        "since": moment,
        "by": "somebody",
        "history": [{"on": True, "by": "somebody", "at": moment}],
    }
    assert wire(await queries.one("other", {})) is None


async def test_a_registry_says_whether_it_is_scanned_and_why_not(plans: Plans) -> None:
    queries = PlanQueries(plans)

    async def reasons() -> list[tuple[object, object, object]]:
        answer = wire(await queries.registries({"subscription": SUBSCRIPTION}))
        assert isinstance(answer, dict)
        assert isinstance(answer["value"], list)
        lines = [line for line in answer["value"] if isinstance(line, dict)]
        return [(line["loginServer"], line["scanned"], line["reason"]) for line in lines]

    two = ("two.azurecr.io", False, "not-ready")
    assert await reasons() == [("demo.azurecr.io", False, "plan-off"), two]
    await plans.switch(SUBSCRIPTION, on=True, by="somebody")
    assert await reasons() == [("demo.azurecr.io", True, None), two]
    assert wire(await queries.registries({"subscription": "other"})) == {"value": []}


@pytest.mark.parametrize("on", [True, False])
def test_a_plan_is_switched_by_one_word(on: bool) -> None:
    assert wanted(b'{"on": true}' if on else b'{"on": false}') is on


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"on", b'{"on": "yes"}', b'{"on": 1}', b'{"on": true, "off": false}'),
        *(b"[" * 9_000, b'{"on": true}' + b" " * 10_000, b"\xff"),
    ],
)
def test_anything_else_is_refused_with_what_it_must_be(body: bytes) -> None:
    with pytest.raises(InvalidInput, match=r'\{"on": true\}'):
        wanted(body)
