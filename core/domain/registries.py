"""The registries that a subscription has, each with whether its images can be scanned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.domain.decider import Decider
from core.domain.events import RegistriesEvent, RegistryFound, RegistryGone
from core.domain.values import Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One registry, as it was found last."""

    login_server: str
    plain_http: bool = False
    location: str = ""
    unsupported: Unsupported | None = None
    """Why its images cannot be scanned; `None` where they can."""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """What one subscription has."""

    known: Mapping[str, Registered] = field(default_factory=dict)
    """By ARM id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRegistry:
    """The subscription was asked, and has this registry."""

    subscription: str
    registry: str
    found: Registered
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRegistryGone:
    """The subscription was asked, and has this registry no more."""

    subscription: str
    registry: str
    at: datetime


type RegistriesCommand = RecordRegistry | RecordRegistryGone


def evolve(registries: Registries, event: RegistriesEvent) -> Registries:
    """The state after the event."""
    match event:
        case RegistryFound():
            found = Registered(
                login_server=event.login_server,
                plain_http=event.plain_http,
                location=event.location,
                unsupported=event.unsupported,
                message=event.message,
            )
            return replace(registries, known={**registries.known, event.registry: found})
        case RegistryGone():
            left = {name: one for name, one in registries.known.items() if name != event.registry}
            return replace(registries, known=left)


def decide(registries: Registries, command: RegistriesCommand) -> Sequence[RegistriesEvent]:
    """Only what differs from what is known is news."""
    known = registries.known.get(command.registry)
    match command:
        case RecordRegistry(found=found):
            return () if found == known else (_found(command),)
        case RecordRegistryGone():
            gone = RegistryGone(
                subscription=command.subscription, registry=command.registry, gone_at=command.at
            )
            return () if known is None else (gone,)


def _found(command: RecordRegistry) -> RegistryFound:
    return RegistryFound(
        subscription=command.subscription,
        registry=command.registry,
        login_server=command.found.login_server,
        plain_http=command.found.plain_http,
        location=command.found.location,
        unsupported=command.found.unsupported,
        message=command.found.message,
        found_at=command.at,
    )


REGISTRIES: Decider[Registries, RegistriesCommand, RegistriesEvent] = Decider(
    kind="registries",
    schema=1,
    state=Registries,
    initial=Registries(),
    evolve=evolve,
    decide=decide,
)
"""The aggregate. Stream: subscription."""
