"""What the architecture promises of imports, purity and errors, read from the source itself."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from core import errors

ROOT = Path(__file__).parents[2]

RUNNERS = {
    *("active", "ahead", "follower", "partition", "pending", "runner", "skips", "sweep", "view"),
    "views",
}
"""Modules of `core/projections` that fold views into tables; all others only say how."""

PURE = [
    *sorted((ROOT / "core/domain").rglob("*.py")),
    *(
        path
        for path in sorted((ROOT / "core/projections").glob("*.py"))
        if path.stem not in RUNNERS
    ),
]

IMPURE = {
    *("asyncio", "concurrent", "ctypes", "http", "io", "logging", "multiprocessing", "os"),
    *("pathlib", "random", "secrets", "shutil", "signal", "socket", "sqlite3", "ssl"),
    *("subprocess", "tempfile", "threading", "time", "urllib", "uuid"),
}
"""Parts of the standard library that bring a clock, chance, other threads or the world outside."""

IMPURE_CALLS = {"open", "print", "input", "now", "today", "utcnow", "urandom"}

LAYERS = {
    "core/domain": {"core.domain"},
    "core/storage": {"core.domain", "core.errors", "core.storage"},
    "core/log": {"core.domain", "core.errors", "core.storage", "core.log"},
    "core/projections": {
        *("core.domain", "core.errors", "core.storage", "core.log", "core.projections"),
    },
    "core": {"core"},
    "functions": {"core", "functions"},
    "cli": {"cli"},
}
"""What may be imported of our own; dependencies point inwards."""

OURS = {"core", "functions", "cli", "dev", "bench", "tests", "function_app"}

READS_THE_ENVIRONMENT = {
    "functions/__main__.py": "the same, for administrators",
    "functions/bootstrap.py": "builds everything from settings",
    "core/advisories/__main__.py": "names the storage account that `whatif` asks",
    "core/backup/__main__.py": "names the two storage accounts of a backup",
    "core/erasure/__main__.py": "names the two storage accounts of an erasure",
    "core/sandbox/agent/instance.py": "takes the order out of it, and empties it",
    "core/sandbox/agent/confine.py": "empties the sandboxed process's own",
}


def sources(folder: str) -> list[Path]:
    """The modules under a folder."""
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text(), filename=str(path))


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Every module that a module imports, wherever in it."""
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it leads"
            yield str(node.module)


def within(module: str, packages: set[str]) -> bool:
    """Whether a module is one of those packages, or in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def name_of(path: Path) -> str:
    """A path as it stands in the repository."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_decisions_and_folds_import_nothing_but_values(path: Path) -> None:
    allowed = {"core.domain"}
    if "core/projections" in name_of(path):
        allowed |= {"core.projections", "core.storage.interface"}
    for module in imports_of(path):
        if within(module, OURS):
            assert within(module, allowed), f"{module} is no value"
            assert module.rpartition(".")[2] not in RUNNERS, f"{module} does I/O"
        else:
            package = module.partition(".")[0]
            assert package in sys.stdlib_module_names, f"{module} is not of the standard library"
            assert package not in IMPURE, f"{module} reaches outside"


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_decisions_and_folds_ask_no_clock_and_touch_nothing(path: Path) -> None:
    called = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
    }
    assert not called & IMPURE_CALLS
    kinds = {type(node) for node in ast.walk(tree_of(path))}
    assert not kinds & {ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Global}


def test_the_rows_that_views_speak_of_are_values_too() -> None:
    ours = {
        module for module in imports_of(ROOT / "core/storage/interface.py") if within(module, OURS)
    }
    assert ours == {"core.domain.values"}


@pytest.mark.parametrize("folder", LAYERS)
def test_dependencies_point_inwards(folder: str) -> None:
    for path in sources(folder):
        for module in imports_of(path):
            if within(module, OURS):
                assert within(module, LAYERS[folder]), f"{name_of(path)} imports {module}"


def test_nothing_imports_the_tests() -> None:
    for folder in ("core", "functions", "cli", "dev", "bench"):
        for path in sources(folder):
            assert not any(within(module, {"tests"}) for module in imports_of(path)), path


def test_only_the_composition_root_reads_the_environment() -> None:
    readers = set()
    for path in [*sources("core"), *sources("functions"), *sources("cli")]:
        words = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        if words & {"environ", "getenv", "environb"}:
            readers.add(name_of(path))
    assert readers <= set(READS_THE_ENVIRONMENT)


def test_nobody_takes_the_first_page_of_a_table_for_all_of_it() -> None:
    for path in [*sources("core"), *sources("functions"), *sources("cli")]:
        for call in (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "scan":
                given = {keyword.arg for keyword in call.keywords}
                assert "token" in given, f"{name_of(path)}:{call.lineno} goes on nowhere"


def test_every_error_stands_in_the_tree_that_is_drawn_of_them() -> None:
    raised = {
        name: kind.__base__.__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and kind.__module__ == errors.__name__ and kind.__base__
    }
    assert drawn(str(errors.__doc__)) == raised


def drawn(text: str) -> dict[str, str]:
    """Each error in the drawn tree, and what it stands under."""
    lines = re.findall(r"^([│├└─ ]*)(\w+)(?: {2,}|$)", text, re.MULTILINE)
    start = next(place for place, (_, name) in enumerate(lines) if name == "PratiqueError")
    parents: dict[str, str] = {"PratiqueError": "Exception"}
    path = ["PratiqueError"]
    for (_, _), (branch, name) in pairwise(lines[start:]):
        if not branch:
            break
        depth = len(branch) // 4
        path = [*path[:depth], name]
        parents[name] = path[depth - 1]
    return parents
