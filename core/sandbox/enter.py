"""Enter a sandbox as root: open the way to what it must read, before the privileges go.

The sandbox runs as nobody, who may not look into the home of root, where the interpreter, the
code or a test's folder often live. This program makes a mount namespace of its own, in which
every closed folder on the way is replaced by an empty open one that holds just what is needed, at
the same paths; then it becomes the command. Outside nothing changes, and it all vanishes with the
last process. Where nothing is closed, nothing is done, and no capability needed.

Run as `python -m core.sandbox.enter PATH... -- COMMAND...`.
"""

import ctypes
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_MS_BIND = 4096
_MS_REC = 16384
_MS_PRIVATE = 1 << 18


def closed_folders(paths: Iterable[Path]) -> list[Path]:
    """The topmost folders on the way to `paths` that not everybody may pass, each once."""
    closed = {
        next((folder for folder in reversed(path.parents) if not _passable(folder)), None)
        for path in paths
    }
    return sorted(folder for folder in closed if folder is not None)


def open_way(paths: Sequence[Path]) -> None:
    """Make `paths` reachable for everybody in this process's mount namespace, and only here."""
    closed = closed_folders(paths)
    hidden = [path for path in paths if any(path.is_relative_to(folder) for folder in closed)]
    handles = [(path, os.open(path, os.O_PATH)) for path in hidden]
    for folder in closed:
        _mount("tmpfs", folder, "tmpfs", 0, "mode=755,size=1m")
    for path, handle in handles:
        _make_place(path, Path(f"/proc/self/fd/{handle}").is_dir())
        _mount(f"/proc/self/fd/{handle}", path, None, _MS_BIND | _MS_REC, None)
        os.close(handle)


def main(arguments: list[str]) -> None:
    """Never returns: the command takes this process's place."""
    end = arguments.index("--")
    names = [Path(name) for name in arguments[:end]]
    command = arguments[end + 1 :]
    needed = sorted({*names, *(name.resolve() for name in names)})
    closed = closed_folders(needed)
    if closed:
        _own_namespace(closed)
        open_way(needed)
    os.execv(command[0], command)  # noqa: S606 (no shell is wanted)


def _own_namespace(closed: list[Path]) -> None:
    try:
        os.unshare(os.CLONE_NEWNS)
        _mount("none", Path("/"), None, _MS_REC | _MS_PRIVATE, None)
    except PermissionError:
        folders = ", ".join(map(str, closed))
        sys.exit(f"enter: the way through {folders} is closed, and root lacks CAP_SYS_ADMIN")


def _passable(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)


def _make_place(path: Path, is_folder: bool) -> None:
    """Something to mount on; it is there already below a path mounted before."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        path.mkdir()
    else:
        path.touch()


def _mount(source: str, target: Path, kind: str | None, flags: int, options: str | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    texts = [text and text.encode() for text in (source, str(target), kind, options)]
    if libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target}: {os.strerror(number)}")


if __name__ == "__main__":
    os.umask(0o022)
    main(sys.argv[1:])
