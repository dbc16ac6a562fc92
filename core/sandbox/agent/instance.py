"""The start of a container in Azure: takes the order out of the environment, becomes the agent.

A container instance hands an order over as a secure environment variable. The agent, and the part
of it that reads the image's content, know orders on standard input and an empty environment; so
this program puts the one where the other was, and is replaced. What the replaced process had in
its environment is gone with it: `/proc/self/environ` shows what it was started with.
"""

import os
import sys
from pathlib import Path

ORDER_VARIABLE = "PRATIQUE_ORDER"
_KEPT = ("PATH", "LANG", "PYTHONPATH", "SSL_CERT_FILE")
"""Of the environment: where programs, our code and certificates are. Where the platform has its
identity endpoints is not for the agent."""


def main(tool: str, work: str) -> None:
    """Never returns: the agent takes this process's place."""
    order = os.environ.get(ORDER_VARIABLE, "").encode()
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {**kept, "HOME": work, "TMPDIR": work, "PYTHONDONTWRITEBYTECODE": "1"}
    os.dup2(_readable(order), 0)
    agent = (sys.executable, "-m", "core.sandbox.agent")
    options = ("--work", work, "--cage", "process", "--tool", tool)
    os.execve(sys.executable, (*agent, *options), environment)  # noqa: S606 (no shell is wanted)


def _readable(content: bytes) -> int:
    """A descriptor of memory that holds the bytes, at their beginning."""
    descriptor = os.memfd_create("order", 0)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


if __name__ == "__main__":
    main(Path(sys.argv[1]).read_text(), sys.argv[2])
