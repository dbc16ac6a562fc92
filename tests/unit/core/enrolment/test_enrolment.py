"""Registries are found and enrolled by themselves, where they are supported and the plan is on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from core.domain.ids import registries_stream
from core.domain.values import Unsupported
from core.enrolment.discovery import Discovery
from core.enrolment.enrolment import Enrolled, Enrolment, NotEnrolled
from core.enrolment.interface import FoundRegistry
from core.enrolment.plans import Plans
from core.errors import RegistryUnavailable
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.registry.references import RegistryResource
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.listed import found
from tests.support.samples import SUBSCRIPTION, at

OTHER = "00000000-0000-0000-0000-000000000002"


@dataclass(slots=True)
class Changing:
    """Subscriptions whose registries come and go."""

    registries: dict[str, list[FoundRegistry]]
    silent: set[str] = field(default_factory=set)

    @property
    def subscriptions(self) -> Sequence[str]:
        return sorted(self.registries)

    async def of(self, subscription: str) -> Sequence[FoundRegistry]:
        if subscription in self.silent:
            raise RegistryUnavailable(f"{subscription} gives no answer")
        return self.registries[subscription]


@dataclass(slots=True)
class World:
    """What there is, and what is known of it."""

    log: EventLog
    there: Changing
    plans: Plans
    discovery: Discovery

    async def enrolling(self, one: FoundRegistry) -> Enrolled | NotEnrolled:
        """What a process that has just been started says of a registry, by either name."""
        enrolment = Enrolment(self.plans)
        by_name = await enrolment.by_login_server(one.registered.login_server)
        assert type(await enrolment.by_resource(one.resource)) is type(by_name)
        return by_name

    async def story(self, subscription: str = SUBSCRIPTION) -> list[str]:
        """The events of a subscription's registries."""
        history = await self.log.history(registries_stream(subscription))
        return [type(one.event).__name__ for one in history]


@pytest.fixture
async def world() -> World:
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=2)
    there = Changing({SUBSCRIPTION: [found()], OTHER: []})
    return World(log, there, Plans(log, there), Discovery(log, there))


async def test_a_registry_is_enrolled_once_it_is_found_and_the_plan_is_on(world: World) -> None:
    refused = await world.enrolling(found())
    assert isinstance(refused, NotEnrolled)
    assert "no registry of a subscription that is looked after" in refused.reason
    await world.discovery.run()
    refused = await world.enrolling(found())
    assert isinstance(refused, NotEnrolled)
    assert refused.reason == f"The plan of subscription {SUBSCRIPTION} is off."
    assert await world.plans.switch(SUBSCRIPTION, on=True, by="somebody")
    enrolled = await world.enrolling(found())
    assert isinstance(enrolled, Enrolled)
    assert (enrolled.endpoint.login_server, enrolled.resource) == (
        "demo.azurecr.io",
        found().resource,
    )
    await world.plans.switch(SUBSCRIPTION, on=False, by="somebody")
    assert isinstance(await world.enrolling(found()), NotEnrolled)


async def test_what_is_found_again_as_it_was_is_no_news(world: World) -> None:
    for _ in range(3):
        await world.discovery.run()
    assert await world.story() == ["RegistryFound"]


async def test_what_is_new_or_changed_or_gone_is_written_down(world: World) -> None:
    await world.discovery.run()
    changed = found(unsupported=Unsupported.FIREWALLED, message="Its firewall lets nobody in.")
    world.there.registries[SUBSCRIPTION] = [changed, found("two.azurecr.io")]
    await world.discovery.run()
    world.there.registries[SUBSCRIPTION] = []
    await world.discovery.run()
    assert await world.story() == ["RegistryFound"] * 3 + ["RegistryGone"] * 2


async def test_an_unsupported_registry_is_listed_and_not_enrolled(world: World) -> None:
    closed = found(unsupported=Unsupported.FIREWALLED, message="Its firewall lets nobody in.")
    world.there.registries[SUBSCRIPTION] = [closed]
    await world.discovery.run()
    await world.plans.switch(SUBSCRIPTION, on=True, by="somebody")
    refused = await world.enrolling(closed)
    assert isinstance(refused, NotEnrolled)
    assert "Its firewall lets nobody in." in refused.reason
    assert await Enrolment(world.plans).all() == []


async def test_a_subscription_that_gives_no_answer_keeps_what_is_known_and_hides_no_other(
    world: World,
) -> None:
    await world.discovery.run()
    world.there.silent.add(SUBSCRIPTION)
    world.there.registries[OTHER] = [found("two.azurecr.io", subscription=OTHER)]
    with pytest.raises(ExceptionGroup) as raised:
        await world.discovery.run()
    assert raised.group_contains(RegistryUnavailable)
    assert (await world.story(), await world.story(OTHER)) == (
        ["RegistryFound"],
        ["RegistryFound"],
    )


async def test_a_registry_that_moved_to_another_subscription_is_known_by_its_new_one(
    world: World,
) -> None:
    await world.discovery.run()
    for one in (SUBSCRIPTION, OTHER):
        await world.plans.switch(one, on=one == OTHER, by="somebody")
    moved = found(subscription=OTHER)
    world.there.registries[OTHER] = [moved]
    await world.discovery.run()
    enrolled = await Enrolment(world.plans).by_login_server("demo.azurecr.io")
    assert isinstance(enrolled, Enrolled)
    assert enrolled.resource.subscription == OTHER


async def test_nobody_is_refused_for_long_because_of_what_was_read_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.enrolment.enrolment.DOUBT", 0.0)
    enrolment = Enrolment(world.plans)
    assert isinstance(await enrolment.by_resource(found().resource), NotEnrolled)
    await world.discovery.run()
    await world.plans.switch(SUBSCRIPTION, on=True, by="somebody")
    assert isinstance(await enrolment.by_resource(found().resource), Enrolled)


async def test_a_switch_that_is_so_already_changes_nothing(world: World) -> None:
    assert not await world.plans.switch(SUBSCRIPTION, on=False, by="somebody")
    assert await world.plans.switch(SUBSCRIPTION.upper(), on=True, by="somebody")
    assert not await world.plans.switch(SUBSCRIPTION, on=True, by="another")
    one = await world.plans.one(SUBSCRIPTION.upper())
    assert one is not None
    assert [switch.by for switch in one.plan.switches] == ["somebody"]


async def test_a_subscription_that_nobody_knows_is_none(world: World) -> None:
    assert await world.plans.one("00000000-0000-0000-0000-000000000009") is None


@dataclass(slots=True)
class Connecting:
    """Connects registries, or refuses to."""

    connected: list[str] = field(default_factory=list)
    refuses: bool = False

    async def connect(self, registry: RegistryResource, location: str) -> None:
        if self.refuses:
            raise RegistryUnavailable("not now")
        self.connected.append(registry.name)


async def test_what_is_to_be_scanned_is_connected_once_a_day_and_tried_until_it_is(
    world: World,
) -> None:
    closed = found("two.azurecr.io", unsupported=Unsupported.FIREWALLED, message="Closed.")
    world.there.registries[SUBSCRIPTION].append(closed)
    connections = Connecting()
    discovery = Discovery(world.log, world.there, connections)
    await discovery.run(at(0))
    assert connections.connected == [], "the plan is off"
    await world.plans.switch(SUBSCRIPTION, on=True, by="somebody")
    connections.refuses = True
    await discovery.run(at(5))
    connections.refuses = False
    for minute in (10, 15, 20):
        await discovery.run(at(minute))
    assert connections.connected == ["demo"]
    await discovery.run(at(24 * 60 + 10))
    assert connections.connected == ["demo", "demo"]
