"""The agent goes into a small container image: it must not drag the app along."""

import json
import subprocess
import sys
from pathlib import Path

CODE = Path(__file__).resolve().parents[5]
OWN = ("core.domain", "core.errors", "core.registry", "core.sandbox")
THIRD_PARTY = {"aiohttp", "backports", "msgspec", "pyseccomp", "yarl"}
"""What the agent asks for itself; what these bring along is theirs."""


def modules_of(*roots: str) -> set[str]:
    """Everything that importing these modules imports."""
    lines = "import json, sys; before = set(sys.modules); "
    lines += f"import {', '.join(roots)}; print(json.dumps(list(set(sys.modules) - before)))"
    listed = subprocess.run(  # noqa: S603 (our own interpreter and lines)
        [sys.executable, "-c", lines], cwd=CODE, check=True, capture_output=True, text=True
    )
    return set(json.loads(listed.stdout))


def foreign(modules: set[str]) -> set[str]:
    """The packages that are not Python's own."""
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


def test_the_agent_imports_its_own_packages_and_few_others() -> None:
    modules = modules_of("core.sandbox.agent.__main__", "core.sandbox.agent.confine")
    ours = [name for name in modules if name.startswith("core.")]
    assert [name for name in ours if not name.startswith(OWN)] == []
    assert foreign(modules) >= THIRD_PARTY
    assert foreign(modules) & {"azure", "univers", "packageurl", "cvss", "rich"} == set()


def test_the_app_can_start_sandboxes_without_what_only_the_agent_needs() -> None:
    modules = modules_of("core.sandbox.local", "core.sandbox.installed")
    assert foreign(modules) & {"backports", "pyseccomp"} == set()
