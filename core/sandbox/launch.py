"""The command line that puts the agent into a local sandbox, and what its complaints mean.

From the outside in: `enter` (root only: opens the way), `setpriv` (root becomes nobody; nobody
gains a privilege by running a program), `timeout` (ends it when the app is not there to),
`prlimit`, the agent. Bubblewrap comes further in, around the cataloger.
"""

import compileall
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from core.sandbox.agent.settings import CageKind, Tool
from core.sandbox.interface import GIB, Limits, Order
from core.sandbox.rooms import NOBODY, Room

_CODE = Path(__file__).resolve().parents[2]
_GRACE = 90
"""Seconds beyond the order's own that an agent has to deliver its outcome."""
_MEMORY = GIB
"""Address space of the agent itself; the cataloger has the order's own limit."""

_ADVICE = {
    "root lacks CAP_SYS_ADMIN": (
        "run as an ordinary user, or make those folders passable (chmod o+x), or start the "
        "container with --cap-add SYS_ADMIN --security-opt seccomp=unconfined"
    ),
    "uid map: Permission denied": (
        "this kernel keeps user namespaces from programs without an AppArmor profile: "
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    ),
    "No permissions to create": (
        "user namespaces are switched off: sudo sysctl kernel.unprivileged_userns_clone=1; in a "
        "container, start it with --security-opt seccomp=unconfined"
    ),
    "Creating new namespace failed": (
        "user namespaces are switched off: sudo sysctl user.max_user_namespaces=10000; in a "
        "container, start it with --security-opt seccomp=unconfined"
    ),
    "Unknown option --size": "bubblewrap is too old: it must be 0.7 or later",
    "bwrap: No such file or directory": "bubblewrap is missing: sudo apt-get install bubblewrap",
    "No such file or directory": "a program is missing: run `make setup`",
    "Permission denied": (
        "nobody may not read one of the files that the sandbox consists of; is the checkout or "
        "the interpreter closed to others (umask 077)? chmod -R o+rX it"
    ),
}
"""What to do, by a part of what was said; the first that fits."""


def agent_command(room: Room, tool: Tool, limits: Limits, *arguments: str) -> tuple[str, ...]:
    """The whole command, ready for `exec`."""
    return (
        *_enter(room, tool),
        *_drop_privileges(),
        *("/usr/bin/timeout", "--kill-after=5", str(limits.seconds + _GRACE)),
        *("/usr/bin/prlimit", "--core=0", f"--as={_MEMORY}:", "--nofile=1024"),
        *(sys.executable, "-m", "core.sandbox.agent"),
        *("--work", str(room.work), "--cage", CageKind.BUBBLEWRAP),
        *("--tool", msgspec.json.encode(tool).decode()),
        *arguments,
    )


def compile_agent() -> None:
    """Write the bytecode of our own modules that the agent imports, where it is not there or old.

    In the sandbox nobody may write it, so every agent would compile them for itself. Where the
    code cannot be written to, that is what it does.
    """
    for part in ("domain", "registry", "sandbox"):
        compileall.compile_dir(_CODE / "core" / part, quiet=2)


def agent_environment(room: Room, *, encrypted: bool) -> Mapping[str, str]:
    """The agent's environment: nothing of the app's own.

    `encrypted` says whether the agent speaks HTTPS to anybody. Where it does not, the machine's
    certificates are kept from it: reading them is a seventh of its start.
    """
    certificates = {} if encrypted else {"SSL_CERT_FILE": os.devnull}
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(room.work),
        "TMPDIR": str(room.work),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_CODE),
        "PYTHONDONTWRITEBYTECODE": "1",
        **certificates,
    }


def speaks_https(order: Order) -> bool:
    """Whether the agent will meet a server whose certificate it must check."""
    urls = (order.sbom_url, order.outcome_url, order.report_url)
    return not order.plain_http or any(url.startswith("https://") for url in urls)


def advice(complaint: str) -> str:
    """What to do about a sandbox that could not be built, as far as its complaint tells."""
    known = (remedy for sign, remedy in _ADVICE.items() if sign.lower() in complaint.lower())
    return next(known, "see what it said, above")


def _enter(room: Room, tool: Tool) -> Iterator[str]:
    if os.geteuid() == 0:
        yield from (sys.executable, "-m", "core.sandbox.enter")
        yield from (sys.base_prefix, sys.prefix, str(_CODE / "core"), str(room.path))
        yield from tool.reads
        yield "--"


def _drop_privileges() -> Iterator[str]:
    yield from ("/usr/bin/setpriv", "--no-new-privs")
    if os.geteuid() == 0:
        yield from (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        yield from ("--inh-caps=-all", "--bounding-set=-all")
    yield "--"
