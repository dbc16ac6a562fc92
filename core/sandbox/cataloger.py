"""Which cataloger's inventories are good enough: another one makes another worth taking."""

from dataclasses import dataclass

from core.sandbox.interface import CatalogerName


@dataclass(frozen=True, slots=True, kw_only=True)
class Cataloger:
    """The tool that lists the packages, as it is configured."""

    name: CatalogerName
    version: str = ""
    """`0.76.0`; empty where any version will do."""

    def took(self, said: str) -> bool:
        """Whether an inventory is its work, by what the inventory's event says: `trivy 0.76.0`."""
        name, _, version = said.partition(" ")
        return name == self.name and self.version in ("", version)
