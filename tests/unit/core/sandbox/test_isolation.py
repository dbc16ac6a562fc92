"""The isolation, proved from inside: a cataloger that was taken over can do nothing but fail."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.domain.values import FailureCause, NotApplicableCause
from core.sandbox.interface import CatalogerName, Limits, Outcome, Status
from core.sandbox.local import LocalSandbox
from tests.unit.core.sandbox.images import archive, pack
from tests.unit.core.sandbox.processes import belonging, wait_for
from tests.unit.core.sandbox.workbench import TOKEN, Sight, Workbench, probe_tool, seen

pytestmark = [pytest.mark.sandbox, pytest.mark.azurite]

MIB = 1024 * 1024


async def infest(
    bench: Workbench, sandbox: LocalSandbox, action: str, limits: Limits | None = None
) -> tuple[Outcome, bytes | None]:
    """Have the probe do something in the place of a cataloger."""
    port = bench.registry.partition(":")[2]
    layer = archive({"some": b"file"})
    image = await bench.push(pack(layer, annotations={"probe": action, "port": port}))
    order = await bench.order(image, limits=limits)
    outcome = await bench.scanned(sandbox, order)
    return outcome, await bench.sbom(order)


@pytest.fixture(scope="module")
async def sight(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Sight:
    """What the probe sees when it looks around."""
    tools = {CatalogerName.TRIVY: probe_tool()}
    sandbox = LocalSandbox(folder=tmp_path_factory.mktemp("rooms"), tools=tools)
    _, sbom = await infest(bench, sandbox, "look")
    await sandbox.close()
    return seen(sbom, Sight)


def test_it_has_no_environment_but_what_it_needs(sight: Sight) -> None:
    names = {
        "HOME",
        "TMPDIR",
        "PATH",
        "GOMEMLIMIT",
        "TRIVY_DISABLE_TELEMETRY",
        "TRIVY_SKIP_VERSION_CHECK",
    }
    assert set(sight.environment) - {"PWD", "LC_CTYPE"} == names


def test_it_sees_no_secret(sight: Sight) -> None:
    assert TOKEN not in str(sight)
    assert "sig=" not in str(sight)


def test_it_has_no_descriptor_but_its_three(sight: Sight) -> None:
    assert sight.descriptors == [0, 1, 2]


def test_it_is_not_root(sight: Sight) -> None:
    assert 0 not in sight.user


def test_it_is_filtered_and_gains_no_privilege(sight: Sight) -> None:
    assert (sight.no_new_privileges, sight.filtered) == (1, 2)


def test_it_finds_nothing_of_this_machine_but_the_tool(sight: Sight) -> None:
    own = {Path(path).parts[1] for path in probe_tool().reads}
    assert set(sight.root) <= {"dev", "image", "tmp"} | own


def test_it_may_not_call_what_it_has_no_business_with(sight: Sight) -> None:
    assert len(sight.calls) > 10
    assert done(sight.calls) == set()


def test_it_can_read_nothing_of_this_machine_and_not_become_root(sight: Sight) -> None:
    assert len(sight.reads) > 5
    assert done(sight.reads) == set()


def test_it_can_write_to_its_scratch_and_nowhere_else(sight: Sight) -> None:
    assert len(sight.writes) > 5
    assert done(sight.writes) == {"scratch"}


def done(attempts: Mapping[str, str]) -> set[str]:
    return {name for name, how in attempts.items() if how == "done"}


SMALL = Limits(
    seconds=30,
    memory_bytes=512 * MIB,
    scratch_bytes=8 * MIB,
    sbom_bytes=8 * MIB,
)
SHORT = Limits(seconds=2)


@pytest.mark.parametrize(
    ("action", "limits", "cause"),
    [
        ("spin", SHORT, FailureCause.TIMEOUT),
        ("wait", SHORT, FailureCause.TIMEOUT),
        ("balloon", SMALL, FailureCause.OUT_OF_MEMORY),
        ("many files", SMALL, FailureCause.OUT_OF_MEMORY),
        ("flood", SMALL, NotApplicableCause.TOO_LARGE),
        ("complain", SMALL, FailureCause.CATALOGER_CRASHED),
    ],
)
async def test_it_dies_of_what_it_does_and_the_outcome_says_so(
    bench: Workbench,
    infested: LocalSandbox,
    tmp_path: Path,
    action: str,
    limits: Limits,
    cause: FailureCause | NotApplicableCause,
) -> None:
    outcome, sbom = await infest(bench, infested, action, limits)
    assert (outcome.cause, sbom) == (cause, None)
    assert outcome.message
    await wait_for(lambda: not belonging(tmp_path) and not any((tmp_path / "rooms").iterdir()))


async def test_it_has_only_so_many_threads(bench: Workbench, infested: LocalSandbox) -> None:
    outcome, sbom = await infest(bench, infested, "threads")
    assert outcome.status is Status.INVENTORIED
    assert 10 < seen(sbom, int) <= 512
