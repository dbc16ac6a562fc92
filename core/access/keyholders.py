"""Who holds a function key, where a setting says that this will do.

The host has looked at the key before the app is asked at all: its routes are not open to it then. A
key is shared, so it names nobody and limits nobody.
"""

from collections.abc import Mapping

from core.access.identities import Identity, Unproven
from core.access.roles import Role

KEY_HOLDER = "function-key"
"""How facts record whoever holds one."""


class KeyHolders:
    """Takes everybody whom the host lets through for one and the same."""

    async def identify(self, headers: Mapping[str, str]) -> Identity | Unproven:
        """Whoever it is holds the key."""
        return Identity(subject=KEY_HOLDER, name=KEY_HOLDER, roles=frozenset({Role.ADMINISTRATOR}))
