"""How a cataloger's end becomes a cause, in the cage that has no namespaces to hide in."""

from pathlib import Path

import pytest

from core.domain.values import FailureCause, NotApplicableCause
from core.sandbox.agent.cage import Folders
from core.sandbox.agent.catalogue import Inventory, NoInventory, catalogue
from core.sandbox.agent.layout import begin_layout
from core.sandbox.agent.settings import CageKind, Tool
from core.sandbox.interface import CatalogerName, Limits
from tests.unit.core.sandbox.images import MANIFEST, archive, digest_of, pack
from tests.unit.core.sandbox.workbench import probe_tool, seen

pytestmark = pytest.mark.sandbox

MIB = 1024 * 1024
LIMITS = Limits(
    seconds=30,
    memory_bytes=512 * MIB,
    scratch_bytes=8 * MIB,
    sbom_bytes=8 * MIB,
    packages=100,
)


async def catalogued(
    folder: Path, action: str, tool: Tool | None = None
) -> Inventory | NoInventory:
    image = pack(archive({}), annotations={"probe": action, "port": "9"})
    folders = Folders(image=folder / "image", scratch=folder / "scratch")
    begin_layout(folders.image, image.manifest, MANIFEST, image.digest)
    return await catalogue(tool or probe_tool(), folders, LIMITS, CageKind.PROCESS)


@pytest.mark.parametrize(
    ("action", "cause", "words"),
    [
        ("balloon", FailureCause.OUT_OF_MEMORY, "it may use 512 MiB"),
        ("scratch", FailureCause.OUT_OF_MEMORY, "more than 8 MiB of scratch space"),
        ("flood", NotApplicableCause.TOO_LARGE, "longer than 8388608 bytes"),
        ("list too much", NotApplicableCause.TOO_LARGE, "more than 100 packages"),
        ("complain", FailureCause.CATALOGER_CRASHED, "ended with code 3, having said: xx"),
        ("panic", FailureCause.CATALOGER_CRASHED, "code 2, having said: fatal error: the reason"),
        ("crash", FailureCause.CATALOGER_CRASHED, "having said: nothing"),
        ("die", FailureCause.OUT_OF_MEMORY, "ran out of memory"),
        ("say nothing", FailureCause.CATALOGER_CRASHED, "wrote no CycloneDX"),
        ("say something else", FailureCause.CATALOGER_CRASHED, "wrote no CycloneDX"),
        ("nest", FailureCause.CATALOGER_CRASHED, "wrote no CycloneDX"),
    ],
)
async def test_a_failure_says_what_happened(
    tmp_path: Path, action: str, cause: FailureCause | NotApplicableCause, words: str
) -> None:
    made = await catalogued(tmp_path, action)
    assert isinstance(made, NoInventory)
    assert made.cause is cause
    assert words in made.message
    assert made.message.isprintable()


async def test_a_cage_that_cannot_be_built_is_no_fault_of_the_cataloger(tmp_path: Path) -> None:
    nowhere = Tool(name=CatalogerName.TRIVY, program=("/x",), reads=("/not/there",))
    folders = Folders(image=tmp_path, scratch=tmp_path / "scratch")
    made = await catalogue(nowhere, folders, LIMITS, CageKind.BUBBLEWRAP)
    assert isinstance(made, NoInventory)
    assert made.cause is FailureCause.INTERNAL
    assert "/not/there" in made.message


async def test_without_namespaces_there_is_no_network_either_and_no_other_process(
    tmp_path: Path,
) -> None:
    made = await catalogued(tmp_path, "call")
    assert isinstance(made, Inventory)
    calls = seen(made.content, dict[str, str])
    assert len(calls) > 10
    assert [name for name, how in calls.items() if how == "done"] == []


async def test_an_inventory_comes_with_its_hash_and_count(tmp_path: Path) -> None:
    made = await catalogued(tmp_path, "list a little")
    assert isinstance(made, Inventory)
    assert made.artifact.sha256 == digest_of(made.content).removeprefix("sha256:")
    assert made.artifact.size == len(made.content)
    assert (made.packages, made.version) == (2, "1.2.3")
