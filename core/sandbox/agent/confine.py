"""Load the system call filter into this process, then become the command that is given.

For the cage that has no bubblewrap to do it. Loading also sets `no_new_privs`, which a kernel asks
for before it takes a filter from an ordinary user.
"""

import os
import sys

from core.sandbox.agent.seccomp import syscall_filter


def main(command: list[str]) -> None:
    """Never returns: the command takes this process's place, and sees nothing of Python's path."""
    os.environ.pop("PYTHONPATH", None)
    syscall_filter().load()
    os.execvp(command[0], command)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
