"""The roles that a caller may have, as an app registration in Microsoft Entra defines them."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do. The values are those of the app roles, as tokens carry them."""

    READER = "Pratique.Reader"
    """Sees everything that its scope holds, and changes nothing."""
    ADMINISTRATOR = "Pratique.Administrator"
    """Sees everything, and writes rules, plans and what else can be changed."""

    def covers(self, need: "Role") -> bool:
        """Whether who has this role may do what takes that one."""
        return self is need or self is Role.ADMINISTRATOR
