"""The fleet's places: subscriptions, registries, repositories."""

from dataclasses import dataclass

from core.answers.catalogue import Repositories
from core.answers.plans import Plan, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the page shows."""

    plans: tuple[Plan, ...]
    registries: tuple[Registry, ...]
    repositories: Repositories
