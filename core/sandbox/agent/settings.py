"""What the agent is told by whoever installs it, where an order tells it what to do.

Apart from the rest of the agent, because the app names these too, and has no use for a system call
filter and its library.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.sandbox.interface import CatalogerName


class CageKind(StrEnum):
    """How the cataloger is locked in."""

    BUBBLEWRAP = "bubblewrap"
    PROCESS = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A cataloger's program, where this machine has it."""

    name: CatalogerName
    """Whose command line it understands."""
    program: tuple[str, ...]
    """The executable's absolute path, and what comes before its arguments if it is a script."""
    reads: tuple[str, ...]
    """All it needs to see to start: itself, and libraries unless it is linked statically."""
