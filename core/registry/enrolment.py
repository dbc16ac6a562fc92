"""Which registries are enrolled. What is not is refused: an event only claims where it is from."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.registry.interface import Endpoint
from core.registry.references import RegistryResource


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A registry whose images are scanned."""

    endpoint: Endpoint
    """Where to pull from: as an administrator wrote it, never as an event says."""
    resource: RegistryResource
    """Its name in Azure Resource Manager, and the subscription that pays."""


class Enrolment:
    """The enrolled registries, by both of their names."""

    def __init__(self, registries: Iterable[Enrolled]) -> None:
        registries = tuple(registries)
        self._by_resource = {one.resource: one for one in registries}
        self._by_server = {one.endpoint.login_server: one for one in registries}

    def by_resource(self, resource: RegistryResource) -> Enrolled | None:
        """The registry that Azure calls so, or `None`."""
        return self._by_resource.get(resource)

    def by_login_server(self, login_server: str) -> Enrolled | None:
        """The registry with that login server, or `None`."""
        return self._by_server.get(login_server)
