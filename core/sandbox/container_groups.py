"""What a sandbox in Azure is: the container group that is asked for, and how one is read.

A group holds orders of one repository, a container each. Whatever runs in it can have a token of
the group's identity from the instance metadata service; so that identity may pull the sandbox's
own image and nothing else, and the order comes as a secure value, which Azure shows to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from azure.mgmt.containerinstance.models import (
    Container,
    ContainerGroup,
    ContainerGroupIdentity,
    ContainerGroupSubnetId,
    ContainerPropertiesInstanceView,
    ContainerState,
    DnsConfiguration,
    EnvironmentVariable,
    ImageRegistryCredential,
    ResourceRequests,
    ResourceRequirements,
    UserAssignedIdentities,
)

from core.sandbox.agent.instance import ORDER_VARIABLE
from core.sandbox.creations import PER_HOUR
from core.sandbox.interface import GIB, Order, sandbox_name
from core.sandbox.orders import encode_order
from core.sandbox.sizes import AGENT_MEMORY

TOGETHER = 4
"""Orders in one group: with a processor each, as many as a region gives without asking for more."""

DEADLINE_TAG = "pratique-deadline"
_GRACE = timedelta(minutes=10)
"""How long a group may outlive its orders' time: pulling the sandbox's image, delivering."""


AZURE_DNS = "168.63.129.16"
"""Azure's own name server, in every cloud. A group does not take over that of its network, and
without it would know a private registry by its public address alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where container groups are made, and of what."""

    subscription: str
    resource_group: str
    location: str
    image: str
    """The sandbox's image, `registry/repository@digest` or with a tag."""
    identity: str
    """Resource id of the identity that pulls that image, and may do nothing else."""
    creations_per_hour: int = PER_HOUR
    """How many groups Azure lets the subscription make here."""
    subnet: str | None = None
    """Resource id of a delegated subnet, for registries that only a private network reaches."""

    @property
    def registry(self) -> str:
        """Login server of the registry that holds the sandbox's image."""
        return self.image.partition("/")[0]


def group_for(place: Place, orders: Sequence[Order], now: datetime) -> ContainerGroup:
    """The group to ask Azure for."""
    longest = timedelta(seconds=max(order.limits.seconds for order in orders))
    return ContainerGroup(
        location=place.location,
        os_type="Linux",
        sku="Standard",
        restart_policy="Never",
        tags={DEADLINE_TAG: (now + longest + _GRACE).isoformat(timespec="seconds")},
        identity=ContainerGroupIdentity(
            type="UserAssigned", user_assigned_identities={place.identity: UserAssignedIdentities()}
        ),
        image_registry_credentials=[
            ImageRegistryCredential(server=place.registry, identity=place.identity)
        ],
        subnet_ids=[ContainerGroupSubnetId(id=place.subnet)] if place.subnet else None,
        dns_config=DnsConfiguration(name_servers=[AZURE_DNS]) if place.subnet else None,
        containers=[_container(place, order) for order in orders],
    )


def holds(group: ContainerGroup, name: str) -> bool:
    """Whether one of the group's containers is the sandbox of that name."""
    return any(container.name == name for container in group.containers)


def has_ended(group: ContainerGroup, name: str) -> bool:
    """Whether that sandbox does nothing any more, or never will: it could not be provisioned."""
    provisioning = cast("str | None", group.provisioning_state)  # the SDK says None, always
    return provisioning == "Failed" or all(
        _is_terminated(container) for container in group.containers if container.name == name
    )


def all_ended(group: ContainerGroup) -> bool:
    """Whether none of the group's sandboxes does anything any more."""
    return all(has_ended(group, container.name) for container in group.containers)


def is_overdue(group: ContainerGroup, now: datetime) -> bool:
    """Whether the group has outlived its orders. Not one that carries no deadline: it is not
    ours."""
    tags = cast("Mapping[str, str] | None", group.tags)
    written = tags.get(DEADLINE_TAG) if tags is not None else None
    return written is not None and now > datetime.fromisoformat(written)


def _container(place: Place, order: Order) -> Container:
    memory = (order.limits.memory_bytes + AGENT_MEMORY) / GIB
    return Container(
        name=sandbox_name(order.scan, order.attempt),
        image=place.image,
        environment_variables=[
            EnvironmentVariable(name=ORDER_VARIABLE, secure_value=encode_order(order).decode())
        ],
        resources=ResourceRequirements(
            requests=ResourceRequests(cpu=order.limits.cpus, memory_in_gb=round(memory, 1))
        ),
    )


def _is_terminated(container: Container) -> bool:
    view = cast("ContainerPropertiesInstanceView | None", container.instance_view)  # says the SDK
    state = cast("ContainerState | None", view.current_state) if view is not None else None
    return state is not None and state.state == "Terminated"
