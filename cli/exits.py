"""How the command ends. Pipelines read the exit code, so its meanings are stable.

Stopped      it could not be done, and why
"""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    """Done; for the gate: the image may go on."""
    FAILS = 1
    """The gate: findings stop the image."""
    USAGE = 2
    """The command, or what it was given, makes no sense."""
    UNKNOWN = 3
    """The gate: nobody can say whether it may go on, in the time given. Others: there is nothing of
    that name."""
    SERVICE = 4
    """The service did not answer, or refused: signing in, permissions, an outage."""


class Stopped(Exception):
    """It could not be done."""

    def __init__(self, message: str, code: Exit, *, passing: bool = False) -> None:
        """`passing` says that the same may succeed a little later."""
        super().__init__(message)
        self.code = code
        self.passing = passing
