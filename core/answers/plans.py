"""Plans and registries: what is scanned, since when, by whom; and if not, why not."""

from msgspec import UNSET, UnsetType

from core.answers.base import Answer, Count, Decimals, Moment


class Switch(Answer, frozen=True, kw_only=True):
    """Somebody switched a plan."""

    on: bool
    by: str
    at: Moment


class Estimate(Answer, frozen=True, kw_only=True):
    """How many images wait, and what they cost."""

    images: Count
    complete: bool
    """Whether all could be counted in time."""
    window_days: Count
    price: Decimals
    cost: Decimals
    currency: str


class Plan(Answer, frozen=True, kw_only=True):
    """A subscription's plan, and all that it ever was."""

    subscription: str
    on: bool
    since: Moment | None
    by: str | None
    registries: Count
    supported: Count
    history: list[Switch]
    waiting: Estimate | UnsetType = UNSET
    """Said to whoever switches it on."""


class Plans(Answer, frozen=True, kw_only=True):
    """Every subscription that the app may look after."""

    value: list[Plan]


class Registry(Answer, frozen=True, kw_only=True):
    """A registry that was found: scanned, or why not."""

    id: str
    name: str
    subscription: str
    login_server: str
    location: str | None
    scanned: bool
    supported: bool
    reason: str | None
    message: str | None


class Registries(Answer, frozen=True, kw_only=True):
    """Every registry that was found."""

    value: list[Registry]


class SweepAccepted(Answer, frozen=True, kw_only=True):
    """A registry will be looked through."""

    registry: str
