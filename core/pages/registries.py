"""The fleet's places: subscriptions, registries, repositories."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.answers.catalogue import Repositories, Repository
from core.answers.plans import Plan, Registry

LISTED = 50
"""Repositories that the page lists: each has a chart of its own, and a browser takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the page shows."""

    plans: tuple[Plan, ...]
    registries: tuple[Registry, ...]
    repositories: Repositories

    @property
    def worst(self) -> Sequence[Repository]:
        """The repositories that are listed, those with most that is unhealthy first."""
        return self.repositories.value[:LISTED]

    @property
    def others(self) -> int:
        """How many are not."""
        return self.repositories.total - len(self.worst)
