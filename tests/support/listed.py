"""Registries of the test, enrolled by themselves."""

from core.domain.registries import Registered
from core.domain.values import Unsupported
from core.enrolment.discovery import Discovery
from core.enrolment.enrolment import Enrolment
from core.enrolment.interface import FoundRegistry, ListedRegistries
from core.enrolment.plans import Plans
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.registry.references import RegistryResource
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.samples import SUBSCRIPTION


def found(
    server: str = "demo.azurecr.io",
    *,
    subscription: str = SUBSCRIPTION,
    unsupported: Unsupported | None = None,
    message: str = "",
) -> FoundRegistry:
    """A registry as it is found, called by the first part of its login server."""
    resource = RegistryResource(
        subscription=subscription, resource_group="demo", name=server.partition(".")[0]
    )
    registered = Registered(login_server=server, unsupported=unsupported, message=message)
    return FoundRegistry(resource=resource, registered=registered)


async def enrolled(*servers: str, log: EventLog | None = None) -> Enrolment:
    """An enrolment of these registries, all of a subscription whose plan is on."""
    log = log or await open_log(MemoryRows(), MemoryArtifacts(), shards=2)
    registries = ListedRegistries([found(server) for server in servers])
    plans = Plans(log, registries)
    await Discovery(log, registries).run()
    await plans.switch(SUBSCRIPTION, on=True, by="a test")
    return Enrolment(plans)
