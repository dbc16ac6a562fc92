"""Finds the catalogers that this machine has.

The packages that bring them for development put them into different places: Trivy beside the
interpreter, Syft inside a Python package, behind a script. The sandbox wants the program itself,
since in there is no Python to run a script.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from core.sandbox.agent.settings import Tool
from core.sandbox.interface import CatalogerName

_ELF = b"\x7fELF"


def installed_tools(search: str = os.defpath) -> Mapping[CatalogerName, Tool]:
    """The catalogers beside this interpreter, in its packages, or on `search`, a PATH."""
    beside = str(Path(sys.prefix) / "bin")
    found = {}
    for name in CatalogerName:
        program = _program(shutil.which(name, path=os.pathsep.join((beside, search))), name)
        if program is not None:
            found[name] = Tool(name=name, program=(program,), reads=(program,))
    return found


def _program(found: str | None, name: CatalogerName) -> str | None:
    """The executable itself, where `found` is a script of the package `anchore_<name>`."""
    if found is not None and _is_program(Path(found)):
        return str(Path(found).resolve())
    package = importlib.util.find_spec(f"anchore_{name}")
    folders = package.submodule_search_locations if package is not None else None
    inside = [Path(folder) / "data" / "bin" / name for folder in folders or ()]
    return next((str(path) for path in inside if path.is_file()), None)


def _is_program(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF
