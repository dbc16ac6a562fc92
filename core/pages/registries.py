"""The fleet's places: subscriptions, registries, repositories."""

from dataclasses import dataclass

from core.pages.shapes import Plan, Registry, Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the page shows."""

    plans: tuple[Plan, ...]
    registries: tuple[Registry, ...]
    repositories: Repositories
