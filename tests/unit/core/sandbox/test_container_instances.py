"""Orders become container groups through the real SDK, whatever Azure answers, and none is left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from core.clouds import CLOUDS, CloudName
from core.domain.events import Priority
from core.domain.values import ImageName, ScanId
from core.errors import SandboxError, SandboxUnavailable
from core.sandbox.container_groups import DEADLINE_TAG, Place
from core.sandbox.container_instances import ContainerInstances, open_resource_manager
from core.sandbox.creations import Creations
from core.sandbox.interface import GIB, Limits, Order, Presence, sandbox_name
from core.sandbox.orders import decode_order
from core.sandbox.sizes import limits_for
from core.storage.memory import MemoryRows
from tests.support.azure import Pretender, azure
from tests.support.resource_manager import HOST, Answer, Group, ResourceManager, secrets

CLOUD = CLOUDS[CloudName.US_GOVERNMENT]
IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/pull"
PLACE = Place(
    subscription="00000000-0000-4000-8000-000000000001",
    resource_group="pratique-sandboxes",
    location="usgovvirginia",
    image="tools.azurecr.us/pratique/sandbox@sha256:" + "1" * 64,
    identity=IDENTITY,
)


def order(number: int = 1, *, repository: str = "team/app", attempt: int = 1) -> Order:
    return Order(
        scan=ScanId(f"scan-{number}"),
        attempt=attempt,
        image=ImageName(
            registry="demo.azurecr.us", repository=repository, digest=f"sha256:{number:064x}"
        ),
        token="worth-stealing",  # noqa: S106 (an invented one)
        sbom_url="https://storage/sbom",
        outcome_url="https://storage/outcome",
        report_url="https://storage/report",
    )


def name_of(one: Order) -> str:
    return sandbox_name(one.scan, one.attempt)


@dataclass(frozen=True, slots=True)
class Stage:
    """The adapter, and the Azure that it talks to."""

    azure: ResourceManager
    sandboxes: ContainerInstances
    creations: Creations
    identity: Pretender

    def group(self, one: Order) -> Group:
        """The group that is named after an order."""
        return self.azure.groups[name_of(one)]

    async def status(self, one: Order) -> Presence:
        return await self.sandboxes.status(one.scan, one.attempt)

    async def stop(self, one: Order) -> Presence:
        return await self.sandboxes.stop(one.scan, one.attempt)


@asynccontextmanager
async def staged(place: Place = PLACE, *, patience: float = 20.0) -> AsyncIterator[Stage]:
    manager, identity = ResourceManager(), Pretender()
    async with (
        azure(manager, HOST) as here,
        open_resource_manager(
            identity,
            place,
            url=CLOUD.resource_manager,
            scope=CLOUD.resource_manager_scope,
            transport=here.transport(),
        ) as client,
    ):
        creations = Creations(MemoryRows())
        sandboxes = ContainerInstances(client, place, creations, patience=patience)
        yield Stage(manager, sandboxes, creations, identity)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as one:
        yield one


async def test_an_order_becomes_one_group_that_runs_once_and_pulls_its_own_image_only(
    stage: Stage,
) -> None:
    await stage.sandboxes.start(order())
    asked = stage.group(order()).asked
    assert asked["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": {IDENTITY: {}},
    }
    properties = asked["properties"]
    assert isinstance(properties, dict)
    assert properties["restartPolicy"] == "Never"
    assert not {"subnetIds", "dnsConfig"} & properties.keys()
    assert properties["imageRegistryCredentials"] == [
        {"server": "tools.azurecr.us", "identity": IDENTITY}
    ]
    assert stage.azure.hosts == {HOST}
    assert set(stage.identity.scopes) == {f"https://{HOST}/.default"}


async def test_the_order_is_a_secret_and_the_whole_of_what_a_container_is_told(
    stage: Stage,
) -> None:
    await stage.sandboxes.start(order())
    (secret,) = secrets(stage.group(order()))
    assert decode_order(secret.encode()) == order()
    shown = str(stage.group(order()).asked).replace(secret, "")
    assert "worth-stealing" not in shown
    assert "https://storage" not in shown


async def test_a_later_attempt_is_another_group(stage: Stage) -> None:
    for attempt in (1, 2):
        await stage.sandboxes.start(order(attempt=attempt))
    assert len(stage.azure.groups) == 2


async def test_the_machine_is_as_large_as_the_order_says_and_the_agent_has_its_own_share(
    stage: Stage,
) -> None:
    limits = limits_for(Limits(), 4 * GIB, 1)
    await stage.sandboxes.start(replace(order(), limits=limits))
    (container,) = stage.group(order()).containers
    properties = container["properties"]
    assert isinstance(properties, dict)
    assert properties["resources"] == {"requests": {"cpu": 4, "memoryInGB": 9.0}}


async def test_a_private_network_is_asked_for_where_there_is_one() -> None:
    async with staged(replace(PLACE, subnet="/a/subnet")) as stage:
        await stage.sandboxes.start(order())
        properties = stage.group(order()).asked["properties"]
    assert isinstance(properties, dict)
    assert properties["subnetIds"] == [{"id": "/a/subnet"}]
    assert properties["dnsConfig"] == {"nameServers": ["168.63.129.16"]}


async def test_starting_again_makes_no_second_group(stage: Stage) -> None:
    for _ in range(3):
        await stage.sandboxes.start(order())
    assert stage.azure.created == [name_of(order())]


async def test_a_group_that_is_just_being_made_is_there(stage: Stage) -> None:
    stage.azure.answers.append(Answer("PUT", 409, "ContainerGroupTransitioning"))
    await stage.sandboxes.start(order())


async def test_a_lost_answer_is_asked_for_again(stage: Stage) -> None:
    stage.azure.answers.extend([Answer("PUT", 502), Answer("PUT", 500)])
    await stage.sandboxes.start(order())
    assert list(stage.azure.groups) == [name_of(order())]


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (Answer("PUT", 429, "TooManyRequests", retry_after="120"), 120),
        (Answer("PUT", 409, "ContainerGroupQuotaReached"), 60),
        (Answer("PUT", 409, "ServiceUnavailable"), 60),
        (Answer("PUT", 503, "ServerBusy", retry_after="86400"), 900),
        (Answer("PUT", 429, "TooManyRequests", retry_after="soon"), 60),
    ],
    ids=["throttled", "quota", "capacity", "for a day", "no number"],
)
async def test_what_azure_refuses_for_now_is_asked_for_once_and_then_left_alone(
    stage: Stage, answer: Answer, wait: int
) -> None:
    stage.azure.answers.append(answer)
    with pytest.raises(SandboxUnavailable):
        await stage.sandboxes.start(order())
    assert len(stage.azure.created) == 1
    assert await stage.sandboxes.room(Priority.PUSH) == 0
    now = datetime.now(UTC)
    assert await stage.creations.left(Priority.PUSH, now + timedelta(seconds=wait - 5)) == 0
    assert await stage.creations.left(Priority.PUSH, now + timedelta(seconds=wait + 1)) > 0
    with pytest.raises(SandboxUnavailable):
        await stage.sandboxes.start(order())
    assert len(stage.azure.created) == 1


async def test_what_will_never_be_allowed_is_another_error(stage: Stage) -> None:
    stage.azure.answers.append(Answer("PUT", 403, "AuthorizationFailed"))
    with pytest.raises(SandboxError, match="AuthorizationFailed") as refused:
        await stage.sandboxes.start(order())
    assert not isinstance(refused.value, SandboxUnavailable)
    assert await stage.sandboxes.room(Priority.PUSH) > 0


async def test_a_sandbox_is_there_until_it_has_ended(stage: Stage) -> None:
    assert await stage.status(order()) is Presence.GONE
    await stage.sandboxes.start(order())
    assert await stage.status(order()) is Presence.RUNNING
    stage.group(order()).end(name_of(order()))
    assert await stage.status(order()) is Presence.GONE


async def test_one_that_is_still_being_made_is_there_and_one_that_cannot_be_is_not(
    stage: Stage,
) -> None:
    await stage.sandboxes.start(order())
    stage.group(order()).provisioning = "Pending"
    assert await stage.status(order()) is Presence.RUNNING
    stage.group(order()).provisioning = "Failed"
    assert await stage.status(order()) is Presence.GONE
    assert await stage.stop(order()) is Presence.GONE
    assert stage.azure.groups == {}


async def test_stopping_deletes_the_group_and_waits_until_it_is_gone(stage: Stage) -> None:
    await stage.sandboxes.start(order())
    stage.azure.slow = 2
    assert await stage.stop(order()) is Presence.GONE
    assert (stage.azure.polls, stage.azure.groups) == (3, {})
    assert await stage.stop(order()) is Presence.GONE


async def test_a_deletion_that_takes_long_is_looked_at_again_later() -> None:
    async with staged(patience=0.2) as stage:
        await stage.sandboxes.start(order())
        stage.azure.slow = 1_000_000
        assert await stage.stop(order()) is Presence.RUNNING
        assert await stage.stop(order()) is Presence.GONE


async def test_orders_of_one_repository_share_a_group(stage: Stage) -> None:
    orders = [order(number) for number in (1, 2, 3)]
    await stage.sandboxes.start(*orders)
    (group,) = stage.azure.groups.values()
    assert [container["name"] for container in group.containers] == list(map(name_of, orders))
    assert [await stage.status(one) for one in orders] == [Presence.RUNNING] * 3


async def test_orders_of_two_repositories_never_do(stage: Stage) -> None:
    with pytest.raises(SandboxError, match="share"):
        await stage.sandboxes.start(order(1), order(2, repository="other"))
    assert stage.azure.created == []


async def test_a_shared_group_goes_when_the_last_of_it_has_ended(stage: Stage) -> None:
    orders = [order(number) for number in (1, 2, 3)]
    await stage.sandboxes.start(*orders)
    (group,) = stage.azure.groups.values()
    group.end(name_of(orders[1]))
    assert await stage.status(orders[1]) is Presence.GONE
    assert await stage.stop(orders[1]) is Presence.RUNNING
    group.end(name_of(orders[0]))
    assert await stage.stop(orders[0]) is Presence.RUNNING
    group.end(name_of(orders[2]))
    assert await stage.stop(orders[2]) is Presence.GONE
    assert [await stage.stop(one) for one in orders] == [Presence.GONE] * 3


async def test_a_shared_group_that_has_outlived_its_time_goes_with_all_in_it(
    stage: Stage,
) -> None:
    orders = [order(number) for number in (1, 2)]
    await stage.sandboxes.start(*orders)
    outlive(stage.group(orders[0]))
    assert await stage.stop(orders[1]) is Presence.GONE
    assert stage.azure.groups == {}


async def test_a_sandbox_is_found_among_many_groups(stage: Stage) -> None:
    for number in range(1, 8, 2):
        await stage.sandboxes.start(order(number), order(number + 1))
    assert [await stage.status(order(number)) for number in range(1, 9)] == [Presence.RUNNING] * 8
    await stage.sandboxes.start(order(8))
    assert len(stage.azure.created) == 4


async def test_orphans_are_swept_and_nobody_elses_groups(stage: Stage) -> None:
    for number in (1, 2, 3):
        await stage.sandboxes.start(order(number))
    outlive(stage.group(order(1)))
    stage.group(order(3)).asked.pop("tags")
    await stage.sandboxes.sweep()
    assert sorted(stage.azure.groups) == sorted(name_of(order(number)) for number in (2, 3))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_azure_that_fails_to_answer_is_a_sandbox_error(stage: Stage, method: str) -> None:
    await stage.sandboxes.start(order())
    stage.azure.answers.append(Answer(method, 403, "AuthorizationFailed"))
    with pytest.raises(SandboxError, match="AuthorizationFailed"):
        await stage.stop(order())


def outlive(group: Group) -> None:
    """Let a group's time be over."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    group.asked["tags"] = {DEADLINE_TAG: past.isoformat()}
