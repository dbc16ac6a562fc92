"""A local sandbox's room: its folder, and the lock that says whether anybody is in.

The lock is an advisory one (flock) on the folder itself. It belongs to an open descriptor that the
sandbox's processes inherit, so the kernel lets go of it when the last of them is gone, however
that came about; there is no process id to go stale.
"""

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A claimed folder."""

    path: Path
    lock: int
    """The descriptor that holds the lock."""

    @property
    def work(self) -> Path:
        """The only folder that the sandbox may write to."""
        return self.path / "work"

    @property
    def log(self) -> Path:
        """What the agent said on its standard error: for whoever looks into a crash."""
        return self.path / "log"

    @property
    def leader(self) -> Path:
        """Names the process group of the sandbox."""
        return self.path / "leader"

    def furnish(self) -> None:
        """Make it ready to be moved into; whatever a predecessor left is gone."""
        for left in self.path.iterdir():
            _discard(left)
        self.work.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self.work, NOBODY, NOBODY)


def claim(path: Path) -> Room | None:
    """Take the room, making it if need be; `None` when somebody is in it."""
    while True:
        path.mkdir(mode=0o755, exist_ok=True)
        lock = _lock(path)
        if lock is None:
            return None
        if _is_at(lock, path):
            return Room(path=path, lock=lock)
        os.close(lock)  # removed between the two lines above: it is somebody else's folder now


def is_taken(path: Path) -> bool:
    """Whether somebody is in the room."""
    try:
        lock = _lock(path)
    except FileNotFoundError:
        return False
    if lock is None:
        return True
    os.close(lock)
    return False


def remove(room: Room) -> None:
    """Remove a claimed room, and give up the claim."""
    _discard(room.path)
    os.close(room.lock)


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock, or `None` when another one does."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _discard(path: Path) -> None:
    """Remove a file or a folder, which may vanish or not want to be listed meanwhile."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
