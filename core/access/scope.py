"""What a caller may see: everything, or some registries and repositories.

A scope is a value that whoever answers takes: what it does not hold is as if it were not there.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Some repositories of some registries."""

    registry: str = "*"
    """A pattern of login servers: `*` stands for anything, `?` for one character."""
    repository: str = "*"
    """A pattern of repositories; `*` stands for slashes too."""

    def holds(self, registry: str, repository: str) -> bool:
        """Whether that repository is one of them."""
        return fnmatchcase(registry, self.registry) and fnmatchcase(repository, self.repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a caller may look."""

    places: tuple[Place, ...] | None
    """`None` for everywhere."""

    @property
    def whole(self) -> bool:
        """Whether it holds all there is."""
        return self.places is None

    def holds(self, registry: str, repository: str) -> bool:
        """Whether that repository of that registry, named by its login server, is within it."""
        return self.places is None or any(one.holds(registry, repository) for one in self.places)

    def touches(self, registry: str) -> bool:
        """Whether anything of that registry may be within it."""
        return self.places is None or any(
            fnmatchcase(registry, one.registry) for one in self.places
        )


def within(*places: Place) -> Scope:
    """The scope of who may see these places; who may see any place, sees all there is."""
    return EVERYWHERE if Place() in places else Scope(places=places)


NOWHERE = Scope(places=())
"""The scope of who may see nothing."""
EVERYWHERE = Scope(places=None)
"""The scope of who may see all."""
