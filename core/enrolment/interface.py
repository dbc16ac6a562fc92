"""The port to whoever knows which registries a subscription has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.registries import Registered
from core.registry.references import RegistryResource


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRegistry:
    """A registry, and how it is."""

    resource: RegistryResource
    registered: Registered


class Registries(Protocol):
    """Knows the subscriptions that the app may look after, and their registries."""

    @property
    def subscriptions(self) -> Sequence[str]:
        """Their ids, lower case. A plan can be switched for these and for no other."""

    async def of(self, subscription: str) -> Sequence[FoundRegistry]:
        """Every registry of one of them: all, or a RegistryUnavailable or AccessDenied. A part of
        the answer is never taken for the whole."""


class ListedRegistries:
    """Registries that an administrator wrote down: those of the local stack, and of subscriptions
    that the app may not list."""

    def __init__(self, registries: Sequence[FoundRegistry] = ()) -> None:
        self._registries = tuple(registries)

    @property
    def subscriptions(self) -> Sequence[str]:
        return sorted({one.resource.subscription for one in self._registries})

    async def of(self, subscription: str) -> Sequence[FoundRegistry]:
        return [one for one in self._registries if one.resource.subscription == subscription]


class JoinedRegistries:
    """Those that are found, and in subscriptions where nobody looks, those that are listed."""

    def __init__(self, found: Registries, listed: Registries) -> None:
        self._found = found
        self._listed = listed

    @property
    def subscriptions(self) -> Sequence[str]:
        return sorted({*self._found.subscriptions, *self._listed.subscriptions})

    async def of(self, subscription: str) -> Sequence[FoundRegistry]:
        looked = subscription in self._found.subscriptions
        return await (self._found if looked else self._listed).of(subscription)
