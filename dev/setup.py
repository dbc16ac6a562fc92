"""Installs what this project needs and this machine lacks; `make` runs it before other verbs.

It is what brings everything else, so it runs on any Python from 3.8 on, with the standard library
alone. Three things are looked at, each by itself, so that a second run is over in a blink: the
distribution's programs, the virtual environment, and the storage emulator. The last two carry the
hash of the lock file that they were made from.
"""

from __future__ import annotations

import ctypes
import fcntl
import glob
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Sequence  # noqa: UP035 (not subscriptable in 3.8's collections.abc)

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / ".run"
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.txt"
AZURITE = ROOT / "dev" / "azurite"
LOG = RUN / "setup.log"
STAMP = ".made-from"
"""In what was installed: the hash of its lock file."""

PYTHON = (ROOT / ".python-version").read_text().strip()

PACKAGES = {
    "docker-registry": "docker-registry",
    "skopeo": "skopeo",
    "bwrap": "bubblewrap",
    "setpriv": "util-linux",
    "prlimit": "util-linux",
    "node": "nodejs",
    "npm": "npm",
    "curl": "curl",
    "chromium": "chromium",
}
"""Each program that is run, and the package of Debian and Ubuntu that has it."""


NO_PYTHON = (
    f"There is no Python {PYTHON} on the PATH or in pyenv, and it could not be downloaded either."
    f" Install one (`python{PYTHON}` of the distribution, or `pyenv install {PYTHON}`) and run this"
    " again."
)


class SetupFailed(Exception):
    """Something could not be installed; the message says what to do about it."""


def main() -> int:
    """Install what is missing; 0 when everything is there."""
    try:
        with alone():
            install_packages(missing_packages())
            make_environment()
            install_azurite()
    except SetupFailed as failure:
        print(f"setup: {failure}", file=sys.stderr)
        return 1
    return 0


def missing_packages() -> list[str]:
    """The distribution's packages that have to be installed, in the order in which to say them."""
    wanted = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        wanted.append("libseccomp2")
    if find_uv() is None and importlib.util.find_spec("ensurepip") is None:
        wanted.append("python3-venv")  # Debian's python3 comes without what makes environments
    return list(dict.fromkeys(wanted))


def install_packages(packages: Sequence[str]) -> None:
    """Install them by apt, as root or through sudo; otherwise say the command that does it."""
    if not packages:
        return
    install = "apt-get install -y --no-install-recommends " + " ".join(packages)
    if shutil.which("apt-get") is None:
        raise SetupFailed(f"missing here, and there is no apt-get to bring it: {say(packages)}.")
    if os.geteuid() == 0:
        prefix = []
    elif shutil.which("sudo") and succeeds(["sudo", "-n", "true"]):
        prefix = ["sudo", "-n"]
    else:
        raise SetupFailed(
            f"missing here: {say(packages)}. Run this, then the same again:\n"
            f"  sudo sh -c 'apt-get update; {install}'"
        )
    # A broken list of some other repository must not be in the way: the installation decides.
    apt = f"apt-get update; DEBIAN_FRONTEND=noninteractive {install} -o DPkg::Lock::Timeout=300"
    step(f"packages {say(packages)}", [*prefix, "sh", "-c", apt])
    if "docker-registry" in packages and Path("/run/systemd/system").exists():
        print(
            "setup: note: the distribution starts a registry of its own on port 5000. Nothing here"
            " uses it; `sudo systemctl disable --now docker-registry` ends it."
        )


def make_environment() -> None:
    """Make the virtual environment hold exactly the pinned packages, each checked by its hash."""
    if stamped(VENV, LOCK) and os.access(VENV / "bin" / "python", os.X_OK):
        return
    uv = find_uv() or bootstrap_uv()
    if version_of(VENV / "bin" / "python") != PYTHON:
        venv = [uv, "venv", "--clear", "--python", find_python(), VENV]
        step(f"Python {PYTHON} in .venv", venv, advice=NO_PYTHON)
    python = str(VENV / "bin" / "python")
    # Compiled once, here: else each of the many Pythons that tests start would do so for itself.
    sync = [uv, "pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode", LOCK]
    step("Python packages", sync)
    stamp(VENV, LOCK)


def find_python() -> str:
    """A Python of the version we want, else that version's number, which uv finds or downloads.

    A pyenv shim on the PATH may be a mere name: it fails unless its version is switched on.
    """
    name = f"python{PYTHON}"
    pyenv = os.path.expanduser(os.environ.get("PYENV_ROOT", "~/.pyenv"))
    kept = glob.glob(f"{pyenv}/versions/{PYTHON}.*[0-9]/bin/{name}")  # 3.13.0t is another thing
    candidates = [sys.executable, shutil.which(name), *sorted(kept, reverse=True)]
    return next((path for path in candidates if path and version_of(path) == PYTHON), PYTHON)


def find_uv() -> str | None:
    """The installer of Python packages, if there is one here already."""
    kept = [VENV / "bin" / "uv", RUN / "uv" / "bin" / "uv"]
    return next((str(uv) for uv in kept if os.access(uv, os.X_OK)), None) or shutil.which("uv")


def bootstrap_uv() -> str:
    """Bring the very uv that the lock file pins, by its hash, into an environment of its own."""
    folder = RUN / "uv"
    pinned = re.search(r"^uv==.*(?:\n    --hash=.*)+", LOCK.read_text(), re.MULTILINE)
    if pinned is None:
        raise SetupFailed(f"{LOCK.name} does not pin uv: run `make lock` where there is one.")
    step("a place for uv", [sys.executable, "-m", "venv", "--clear", folder])
    (folder / "uv.txt").write_text(pinned[0] + "\n")
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    step("uv", [*pip, "--require-hashes", "-r", folder / "uv.txt"])
    return str(folder / "bin" / "uv")


def install_azurite() -> None:
    """Install the storage emulator from npm, exactly as its lock file has it."""
    lock, modules = AZURITE / "package-lock.json", AZURITE / "node_modules"
    if stamped(modules, lock):
        return
    npm = ["npm", "ci", "--prefix", AZURITE, "--omit=dev", "--ignore-scripts"]
    step("Azurite", [*npm, "--no-audit", "--no-fund"])
    stamp(modules, lock)


def step(what: str, command: Sequence[object], *, advice: str = "") -> None:
    """Run one command, saying what it brings; what it prints goes to the log.

    When it fails, the message ends with `advice`, for where the log alone leaves one at a loss.
    """
    print(f"setup: installing {what}", flush=True)
    with LOG.open("ab") as log:
        log.write(f"\n$ {shlex.join(str(part) for part in command)}\n".encode())
        log.flush()
        code = subprocess.call(  # noqa: S603 (our own commands, no shell)
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    if code != 0:
        last = LOG.read_text(errors="replace").splitlines()[-12:]
        told = "\n  | ".join([f"that failed. All of it is in {LOG}, and it ends:", *last])
        raise SetupFailed(f"{told}\n{advice}".rstrip())


def stamped(place: Path, lock: Path) -> bool:
    """Whether what is installed there was made from the lock file as it is now."""
    made_from = place / STAMP
    return made_from.is_file() and made_from.read_text() == fingerprint(lock)


def stamp(place: Path, lock: Path) -> None:
    """Note what the installation was made from; done last, so that a broken one is done again."""
    (place / STAMP).write_text(fingerprint(lock))


def fingerprint(lock: Path) -> str:
    """The lock file's hash, and the Python version that goes with it."""
    return f"{PYTHON} {hashlib.sha256(lock.read_bytes()).hexdigest()}"


def version_of(python: str | Path) -> str | None:
    """`3.13` for an interpreter that runs, nothing for one that does not."""
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(  # noqa: S603 (asks a candidate interpreter what it is)
            [str(python), "-c", asked], capture_output=True, check=False, text=True
        )
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def succeeds(command: Sequence[str]) -> bool:
    """Whether the command ends well; what it prints is nobody's business."""
    quiet = subprocess.DEVNULL
    return subprocess.call(command, stdin=quiet, stdout=quiet, stderr=quiet) == 0  # noqa: S603 (ours)


def say(packages: Sequence[str]) -> str:
    """The names as a list to read."""
    return ", ".join(packages)


@contextmanager
def alone() -> Iterator[None]:
    """Let two runs of `make` take turns."""
    RUN.mkdir(exist_ok=True)
    with (RUN / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
