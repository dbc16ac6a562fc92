"""The agent goes into a small container image: it must not drag the app along."""

import json
import subprocess
import sys
from pathlib import Path

CODE = Path(__file__).resolve().parents[5]
LISTING = """
import json, sys
before = set(sys.modules)
import core.sandbox.agent.__main__, core.sandbox.agent.confine
print(json.dumps(sorted(set(sys.modules) - before)))
"""
OWN = ("core.domain", "core.errors", "core.registry", "core.sandbox")
THIRD_PARTY = {"aiohttp", "backports", "msgspec", "pyseccomp", "yarl"}
"""What the agent asks for itself; what these bring along is theirs."""


def test_the_agent_imports_its_own_packages_and_few_others() -> None:
    listed = subprocess.run(  # noqa: S603 (our own interpreter and lines)
        [sys.executable, "-c", LISTING], cwd=CODE, check=True, capture_output=True, text=True
    )
    modules = json.loads(listed.stdout)
    ours = [name for name in modules if name.startswith("core.")]
    assert [name for name in ours if not name.startswith(OWN)] == []
    foreign = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    assert foreign >= THIRD_PARTY
    assert foreign & {"azure", "univers", "packageurl", "cvss", "rich", "pytest"} == set()
