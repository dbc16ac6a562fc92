"""A cataloger that has been taken over: does what its image tells it to, and says how it went.

It runs in the place of the real one, in the same cage. The image names an action in an annotation
of its manifest. What the probe saw goes into the inventory, as `seen`. Whatever it manages to do
that it should not does no harm. Standard library only.
"""

import ctypes
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)


def look(image: Path) -> object:
    """Everything around it."""
    return {
        "environment": dict(os.environ),
        "arguments": sys.argv,
        "user": [os.getuid(), os.geteuid(), *os.getgroups()],
        "descriptors": [number for number in range(4096) if is_open(number)],
        "root": sorted(os.listdir("/")),
        "no_new_privileges": LIBC.prctl(39, 0, 0, 0, 0),
        "filtered": LIBC.prctl(21, 0, 0, 0, 0),
        "calls": tried(calls(image)),
        "reads": tried(reads()),
        "writes": tried(writes(image)),
    }


def calls(image: Path) -> dict[str, Callable[[], object]]:
    """System calls that a cataloger has no business with."""
    return {
        "inet": lambda: socket.socket(socket.AF_INET),
        "inet6": lambda: socket.socket(socket.AF_INET6),
        "unix": lambda: socket.socket(socket.AF_UNIX),
        "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "packet": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
        "socketpair": socket.socketpair,
        "connect": lambda: socket.create_connection(("127.0.0.1", annotated(image, "port")), 1),
        "fork": fork,
        "spawn": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
        "memfd": lambda: os.memfd_create("memory"),
        "shared memory": lambda: called(LIBC.shmget(0, 4096, 0o1600)),
        "user namespace": lambda: os.unshare(os.CLONE_NEWUSER),
        "mount": lambda: called(LIBC.mount(b"none", b"/", None, 1 << 18, None)),
        "chroot": lambda: os.chroot("/"),
        "trace": lambda: called(LIBC.ptrace(16, os.getppid(), 0, 0)),
        "parent's memory": lambda: called(LIBC.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0)),
    }


def reads() -> dict[str, Callable[[], object]]:
    """What a cataloger must not see."""
    return {
        "process": lambda: Path("/proc/self/environ").read_bytes(),
        "passwords": lambda: Path("/etc/shadow").read_bytes(),
        "users": lambda: Path("/etc/passwd").read_bytes(),
        "home of root": lambda: Path("/root/.profile").read_bytes(),
        # A checkout in somebody's home shows the way to itself, and nothing beside the way.
        "homes": lambda: min(path for path in Path("/home").glob("*/*") if path.is_file()),
        "kernel": lambda: os.listdir("/sys"),
        "runtime files": lambda: os.listdir("/run"),
        "become root": lambda: os.setuid(0),
    }


def writes(image: Path) -> dict[str, Callable[[], object]]:
    """Where a cataloger must not write, and the one place where it may."""
    return {
        "scratch": lambda: create(Path("/tmp")),  # noqa: S108 (the cage's own)
        "root": lambda: create(Path("/")),
        "image": lambda: create(image),
        "index": lambda: overwrite(image / "index.json"),
        "program": lambda: overwrite(Path(sys.argv[0])),
        "library": lambda: create(Path(sys.prefix)),
        "system": lambda: create(Path("/usr")),
        "devices": lambda: create(Path("/dev")),
        "shared memory": lambda: create(Path("/dev/shm")),  # noqa: S108 (if it were there)
    }


def tried(attempts: dict[str, Callable[[], object]]) -> dict[str, str]:
    return {name: outcome(attempt) for name, attempt in attempts.items()}


def outcome(attempt: Callable[[], object]) -> str:
    """`done`, or the name of the error."""
    try:
        attempt()
    except Exception as error:  # noqa: BLE001 (whatever it is, its name is the answer)
        return type(error).__name__
    return "done"


def called(result: int) -> None:
    """Raise what a C function left in errno."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def create(folder: Path) -> None:
    file = folder / "made-by-the-probe"
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    file.unlink()


def overwrite(file: Path) -> None:
    os.close(os.open(file, os.O_WRONLY))


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def spin(image: Path) -> object:
    """Compute for ever, deaf to whoever asks to end."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def wait(image: Path) -> object:
    """Do nothing, for as long as it may take."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def balloon(image: Path) -> object:
    held = []
    while True:
        held.append(b"\1" * (16 << 20))


def scratch(image: Path) -> object:
    with Path(os.environ["TMPDIR"], "large").open("wb", buffering=0) as file:
        while True:
            file.write(b"\1" * (1 << 20))


def many_files(image: Path) -> object:
    number = 0
    while True:
        number += 1
        Path(f"file{number}").write_bytes(b"\1" * (1 << 20))


def threads(image: Path) -> object:
    """As many threads as it can have."""
    threading.stack_size(32768)
    end = threading.Event()
    number = 0
    try:
        while number < 20_000:
            threading.Thread(target=end.wait, daemon=True).start()
            number += 1
    except RuntimeError:
        return number
    finally:
        end.set()
    return number


def flood(image: Path) -> object:
    while True:
        os.write(1, b" " * (1 << 20))


def complain(image: Path) -> object:
    """Say a lot on standard error, in colours, then give up."""
    for _ in range(1000):
        os.write(2, b"x" * 1024)
    os.write(2, b"\x1b[31m the end \x1b]0;title\x07\n")
    raise SystemExit(3)


def panic(image: Path) -> object:
    """End as a Go program does: the reason, then a long trace of its stack."""
    os.write(2, b"fatal error: the reason\n\n" + b"goroutine 1 [running]:\n" * 5000)
    raise SystemExit(2)


def crash(image: Path) -> object:
    os.kill(os.getpid(), signal.SIGSEGV)
    return None


def die(image: Path) -> object:
    """As the kernel kills when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def say(text: str) -> Callable[[Path], object]:
    def action(image: Path) -> object:
        os.write(1, text.encode())
        raise SystemExit(0)

    return action


ACTIONS: dict[str, Callable[[Path], object]] = {
    "look": look,
    "call": lambda image: tried(calls(image)),
    "spin": spin,
    "wait": wait,
    "balloon": balloon,
    "scratch": scratch,
    "many files": many_files,
    "threads": threads,
    "flood": flood,
    "complain": complain,
    "crash": crash,
    "panic": panic,
    "die": die,
    "say nothing": say(""),
    "say something else": say('{"bomFormat":"SPDX"}'),
    "nest": say('{"bomFormat":"CycloneDX","components":' + "[" * 200_000),
    "list a little": say(
        '{"bomFormat":"CycloneDX","components":[{},{}],'
        '"metadata":{"tools":{"components":[{"name":"probe","version":"1.2.3"}]}}}'
    ),
    "list too much": say('{"bomFormat":"CycloneDX","components":[' + "{}," * 5000 + "{}]}"),
}


def annotated(image: Path, name: str) -> str:
    """An annotation of the image's manifest."""
    index = json.loads((image / "index.json").read_text())
    digest = index["manifests"][0]["digest"].removeprefix("sha256:")
    manifest = json.loads((image / "blobs" / "sha256" / digest).read_text())
    return str(manifest["annotations"][name])


if __name__ == "__main__":
    where = Path(sys.argv[sys.argv.index("--input") + 1])
    seen = ACTIONS[annotated(where, "probe")](where)
    print(json.dumps({"bomFormat": "CycloneDX", "components": [], "seen": seen}))
