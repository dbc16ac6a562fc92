"""What somebody may do and see, by what is known of them.

A role comes with the identity; without one there is nothing to see. Where a setting names scopes,
a reader sees the places of those entries that name it, its groups or its roles, and a reader whom
no entry names sees nothing: a token that lists no groups (Entra leaves them out when they are many)
must not open what they would have limited. An administrator sees everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.access.identities import Identity
from core.access.roles import Role
from core.access.scope import EVERYWHERE, Place, Scope, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who may ask."""

    subject: str
    signature: str
    """How facts record them."""
    role: Role
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who may see one place."""

    who: str
    """An object id, a group's id, an application's id, or the value of a role."""
    place: Place

    def names(self, marks: frozenset[str]) -> bool:
        """Whether somebody with these marks is meant."""
        return self.who in marks or self.who.lower() in marks


class Grants:
    """Who may see what."""

    def __init__(self, grants: Sequence[Grant] | None) -> None:
        """`None` where no setting limits anybody."""
        self._grants = grants

    def caller(self, identity: Identity) -> Caller | None:
        """What this one may do; `None` for nothing at all."""
        role = next((one for one in reversed(Role) if one in identity.roles), None)
        if role is None:
            return None
        return Caller(
            subject=identity.subject,
            signature=identity.signature,
            role=role,
            scope=self._scope(identity, role),
        )

    def _scope(self, identity: Identity, role: Role) -> Scope:
        if self._grants is None or role is Role.ADMINISTRATOR:
            return EVERYWHERE
        marks = identity.marks
        return within(*(one.place for one in self._grants if one.names(marks)))
