"""What the kernel says of a sandbox's processes, seen from outside."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One process."""

    pid: int
    parent: int
    command: str
    environment: str
    users: frozenset[int]
    """Real, effective, saved and file system user, as the machine counts them."""
    no_new_privileges: bool


def belonging(folder: Path) -> list[Seen]:
    """The processes whose command names the folder, and all their descendants."""
    processes = {seen.pid: seen for pid in os.listdir("/proc") if (seen := _seen(pid))}
    own = {pid for pid, seen in processes.items() if str(folder) in seen.command}
    while more := {pid for pid, seen in processes.items() if seen.parent in own and pid not in own}:
        own |= more
    return [processes[pid] for pid in sorted(own)]


async def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds; the test's own time limit ends what never comes."""
    while not condition():
        await asyncio.sleep(0.02)


def _seen(pid: str) -> Seen | None:
    folder = Path("/proc", pid)
    try:
        status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines())
        if status["State"].startswith("Z"):
            return None
        return Seen(
            pid=int(pid),
            parent=int(status["PPid"]),
            command=(folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(),
            environment=(folder / "environ").read_bytes().decode(errors="replace"),
            users=frozenset(map(int, status["Uid"].split())),
            no_new_privileges=status["NoNewPrivs"] == "1",
        )
    except (OSError, KeyError, ValueError):
        return None
