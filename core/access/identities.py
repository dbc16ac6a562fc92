"""Who somebody is, as far as it was proven; and what is said to those who prove nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

_LONGEST = 120
"""Characters of a name that are kept; what else a signature holds is short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody whose word for who they are was checked: a person, or an application."""

    subject: str
    """The object id in Microsoft Entra: the one name that is never given to somebody else."""
    name: str = ""
    """What people call it, as it was told: it may change, and is for people alone."""
    application: str = ""
    """Id of the application that asks, for itself or for a person."""
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    @property
    def marks(self) -> frozenset[str]:
        """All that a setting may know it by."""
        known = (self.subject, self.application, *self.groups)
        return self.roles | {one.lower() for one in known if one}

    @property
    def signature(self) -> str:
        """How facts record it: 1 to 200 printable characters."""
        name = "".join(one for one in self.name if one.isprintable()).strip()[:_LONGEST]
        if not name:
            return f"application {self.application or self.subject}"
        return name if name == self.subject else f"{name} ({self.subject})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """Nobody in particular, and why."""

    reason: str


class SignIn(Protocol):
    """A way to prove who asks."""

    async def identify(self, headers: Mapping[str, str]) -> Identity | Unproven:
        """Who sends a request with these headers, whose names are in lower case. KeysUnavailable
        where that cannot be found out for now."""
