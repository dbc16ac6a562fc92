"""The sandbox's image: the agent whole, the cataloger that the tests run, and nothing else."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from core.inventory.reader import read
from core.sandbox.agent.settings import Tool
from core.sandbox.installed import installed_tools
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
    assert {"pyseccomp", "aiohttp"} <= set(shipped)
    assert not {name for name in shipped if name.startswith(("trivy", "anchore"))}
    assert shipped.items() <= tested.items()
    assert "--require-hashes" in DOCKERFILE


def test_it_is_built_of_nothing_that_is_not_named_when_it_is_built() -> None:
    """By digests, as the script does; without them there is no build."""
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}", "${CATALOGER}"}
    assert re.findall(r"^ARG (\w+)$", DOCKERFILE, re.MULTILINE) == ["BASE", "CATALOGER"]


def test_the_cataloger_is_the_version_that_the_tests_run_with() -> None:
    pinned = re.search(r"^ARG CATALOGER_VERSION=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert pinned is not None
    trivy = installed_tools()[CatalogerName.TRIVY].program[0]
    said = subprocess.run(  # noqa: S603 - the cataloger of these tests
        [trivy, "--version"], check=True, capture_output=True, text=True
    )
    assert said.stdout.splitlines()[0] == f"Version: {pinned[1]}"


def test_what_is_in_the_image_is_written_down_in_it(tmp_path: Path) -> None:
    """By the command of the Dockerfile, over a folder in the place of the image's own root."""
    found = re.search(r"^RUN (TRIVY_.*?) \\\n && rm", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found is not None
    root, sbom = tmp_path / "root", tmp_path / "sbom.cdx.json"
    package = root / "opt/pratique/venv/lib/python3.13/site-packages/aiohttp-3.14.5.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: aiohttp\nVersion: 3.14.5\n")
    command = (
        found[1]
        .replace("\\\n", " ")
        .replace("/opt/pratique/bin/trivy", installed_tools()[CatalogerName.TRIVY].program[0])
        .replace("/tmp/trivy", str(tmp_path / "cache"))  # noqa: S108 - the Dockerfile's own
        .replace("/opt/pratique/sbom.cdx.json /", f"{sbom} {root}")
    )
    subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602 - the same
    assert [one.purl for one in read(sbom.read_bytes()).packages] == ["pkg:pypi/aiohttp@3.14.5"]
