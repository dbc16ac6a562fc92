"""An order says what to pull and where to write, and holds nothing that outlives the attempt."""

from datetime import timedelta

import pytest

from core.domain.values import ImageName, ScanId
from core.errors import AccessDenied, RegistryError
from core.registry.interface import Endpoint
from core.sandbox.interface import GIB, CatalogerName, Limits
from core.scanning.orders import GRACE, Orders
from core.scanning.weighing import Unweighed, Weighing
from core.storage.memory import MemoryInbox
from tests.support.listed import enrolled
from tests.support.samples import image_name

SCAN = ScanId("a" * 32 + "-1")


class Tokens:
    """Gives a token that names what it is for, or refuses."""

    def __init__(self, refusal: RegistryError | None = None) -> None:
        self._refusal = refusal

    async def for_repository(self, endpoint: Endpoint, repository: str) -> str | None:
        if self._refusal is not None:
            raise self._refusal
        return f"{endpoint.login_server}/{repository}"


class Large:
    """Every image is."""

    async def size(self, endpoint: Endpoint, image: ImageName) -> int | None:
        return GIB


async def desk(
    *servers: str, refusal: RegistryError | None = None, weighing: Weighing | None = None
) -> Orders:
    """The desk for these registries."""
    weighing = weighing or Unweighed()
    enrolment = await enrolled(*servers)
    return Orders(
        enrolment, Tokens(refusal), MemoryInbox(), CatalogerName.SYFT, Limits(seconds=60), weighing
    )


async def test_an_order_names_the_image_a_token_for_its_repository_and_three_addresses() -> None:
    orders = await desk("demo.azurecr.io")
    order = await orders.write(image_name(), SCAN, 2)
    assert (order.scan, order.attempt, order.image) == (SCAN, 2, image_name())
    assert (order.token, order.cataloger) == ("demo.azurecr.io/team/app", CatalogerName.SYFT)
    seconds = (timedelta(seconds=60) + GRACE).total_seconds()
    assert order.sbom_url == f"memory:{SCAN}/2/sbom.json?seconds={seconds:.0f}"
    assert order.outcome_url == f"memory:{SCAN}/2/outcome.json?seconds={seconds:.0f}"
    assert order.report_url == f"memory:sandbox-reports?seconds={seconds:.0f}"
    assert orders.time == timedelta(seconds=60)


async def test_a_large_image_gets_more_of_a_machine() -> None:
    usual = await (await desk("demo.azurecr.io")).write(image_name(), SCAN, 1)
    more = await (await desk("demo.azurecr.io", weighing=Large())).write(image_name(), SCAN, 1)
    assert usual.limits == Limits(seconds=60)
    assert (more.limits.cpus, more.limits.memory_bytes) == (2, 2 * usual.limits.memory_bytes)


async def test_a_registry_that_is_not_enrolled_any_more_gets_no_order() -> None:
    with pytest.raises(RegistryError, match=r"demo\.azurecr\.io is no registry of a subscription"):
        await (await desk("other.azurecr.io")).write(image_name(), SCAN, 1)


async def test_without_a_token_there_is_no_order() -> None:
    with pytest.raises(AccessDenied):
        await (await desk("demo.azurecr.io", refusal=AccessDenied("no"))).write(
            image_name(), SCAN, 1
        )
