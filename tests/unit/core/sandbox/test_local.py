"""The life of local sandboxes: begun once, several at a time, ended whole, and never as root."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from core.domain.values import ImageName
from core.errors import SandboxError
from core.sandbox.agent.settings import Tool
from core.sandbox.installed import installed_tools
from core.sandbox.interface import CatalogerName, Order, Presence, Status, sandbox_name
from core.sandbox.local import LocalSandbox
from core.sandbox.orders import encode_order
from tests.unit.core.sandbox.images import archive, pack
from tests.unit.core.sandbox.processes import Seen, belonging, wait_for
from tests.unit.core.sandbox.workbench import TOKEN, Workbench, gone, probe_tool

pytestmark = [pytest.mark.sandbox, pytest.mark.azurite]

CODE = Path(__file__).resolve().parents[4]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
async def endless(bench: Workbench) -> Order:
    """An order that keeps the probe busy for longer than any test takes."""
    image = await bench.push(pack(archive({}), annotations={"probe": "wait"}))
    return await bench.order(image)


def rooms(folder: Path) -> list[str]:
    return [room.name for room in (folder / "rooms").iterdir()]


async def test_it_is_there_until_it_is_stopped_and_then_all_of_it_is_gone(
    bench: Workbench, infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    assert await infested.status(endless.scan, 1) is Presence.GONE
    await infested.start(endless)
    assert await infested.status(endless.scan, 1) is Presence.RUNNING
    assert await infested.status(endless.scan, 2) is Presence.GONE
    await caged(tmp_path)
    await infested.stop(endless.scan, 1)
    assert await infested.status(endless.scan, 1) is Presence.GONE
    await wait_for(lambda: not belonging(tmp_path))
    assert rooms(tmp_path) == []
    assert await bench.outcome(endless) is None
    await infested.stop(endless.scan, 1)


async def caged(folder: Path) -> list[Seen]:
    """Wait until the probe is in its cage, and no more processes come; all of the sandbox's."""
    await wait_for(lambda: any("--unshare-all" in seen.command for seen in belonging(folder)))
    there, now = list[Seen](), belonging(folder)
    while {seen.pid for seen in there} != {seen.pid for seen in now}:
        await asyncio.sleep(0.3)
        there, now = now, belonging(folder)
    return now


async def test_starting_it_again_while_it_runs_changes_nothing(
    infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    await infested.start(endless)
    before = {seen.pid for seen in await caged(tmp_path)}
    await infested.start(endless)
    await asyncio.gather(*(infested.start(endless) for _ in range(5)))
    assert {seen.pid for seen in belonging(tmp_path)} == before
    assert rooms(tmp_path) == [sandbox_name(endless.scan, 1)]


async def test_no_part_of_it_is_root_and_none_may_become_it(
    infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    await infested.start(endless)
    processes = await caged(tmp_path)
    assert len(processes) > 2
    for process in processes:
        assert 0 not in process.users, process
        assert process.no_new_privileges, process


async def test_its_token_stands_in_no_command_environment_or_file(
    infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    assert TOKEN.encode() in encode_order(endless)
    await infested.start(endless)
    for process in await caged(tmp_path):
        assert TOKEN not in str(process)
        assert "sig=" not in str(process)
    for file in (tmp_path / "rooms").rglob("*"):
        assert not file.is_file() or TOKEN.encode() not in file.read_bytes()


async def test_several_run_at_once_each_in_a_room_of_its_own(
    bench: Workbench, sandbox: LocalSandbox, image: ImageName
) -> None:
    orders = [await bench.order(image) for _ in range(3)]
    await asyncio.gather(*(sandbox.start(order) for order in orders))
    for order in orders:
        await gone(sandbox, order)
        outcome = await bench.outcome(order)
        assert outcome is not None
        assert outcome.status is Status.INVENTORIED


async def test_running_an_attempt_once_more_changes_nothing_that_it_wrote(
    bench: Workbench, sandbox: LocalSandbox, image: ImageName
) -> None:
    order = await bench.order(image)
    first = await bench.scanned(sandbox, order)
    sbom = await bench.sbom(order)
    assert await bench.scanned(sandbox, order) == first
    assert await bench.sbom(order) == sbom


async def test_a_sandbox_outlives_the_app_that_started_it_and_is_known_to_the_next(
    endless: Order, tmp_path: Path
) -> None:
    """The app is killed without warning; the next one finds the sandbox as it is."""
    tool = probe_tool()
    app = await python(
        "import asyncio, sys, msgspec, pathlib",
        "from core.sandbox.agent.settings import Tool",
        "from core.sandbox.local import LocalSandbox",
        "from core.sandbox.orders import decode_order",
        "tool = msgspec.json.decode(sys.argv[1], type=Tool)",
        "async def app():",
        "    sandbox = LocalSandbox(folder=pathlib.Path(sys.argv[2]), tools={tool.name: tool})",
        "    await sandbox.start(decode_order(sys.stdin.buffer.read()))",
        "    await asyncio.sleep(600)",
        "asyncio.run(app())",
        arguments=[msgspec.json.encode(tool).decode(), str(tmp_path / "rooms")],
        order=endless,
    )
    await caged(tmp_path)
    app.send_signal(signal.SIGKILL)
    await app.wait()
    successor = LocalSandbox(folder=tmp_path / "rooms", tools={tool.name: tool})
    await successor.sweep()
    before = {seen.pid for seen in belonging(tmp_path)}
    assert await successor.status(endless.scan, 1) is Presence.RUNNING
    await successor.start(endless)
    assert {seen.pid for seen in belonging(tmp_path)} == before
    await successor.stop(endless.scan, 1)
    await wait_for(lambda: not belonging(tmp_path))
    assert rooms(tmp_path) == []


async def test_what_a_killed_sandbox_left_is_swept_away(
    infested: LocalSandbox, tmp_path: Path
) -> None:
    left = tmp_path / "rooms" / "pratique-left" / "work" / "image"
    left.mkdir(parents=True)
    (left / "layer").write_bytes(b"content")
    await infested.sweep()
    assert rooms(tmp_path) == []


async def test_an_agent_that_is_killed_leaves_no_outcome_and_no_room(
    bench: Workbench, infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    await infested.start(endless)
    for process in await caged(tmp_path):
        if "core.sandbox.agent" in process.command and process.parent != 1:
            os.kill(process.pid, signal.SIGKILL)
    await gone(infested, endless)
    await wait_for(lambda: not belonging(tmp_path) and not rooms(tmp_path))
    assert await bench.outcome(endless) is None


async def test_closing_ends_every_sandbox(
    infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    await infested.start(endless)
    await caged(tmp_path)
    await infested.close()
    await wait_for(lambda: not belonging(tmp_path))
    assert rooms(tmp_path) == []


async def test_another_process_can_end_them_all(
    infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    await infested.start(endless)
    await caged(tmp_path)
    await LocalSandbox(folder=tmp_path / "rooms", tools={}).end_all()
    await wait_for(lambda: not belonging(tmp_path) and not rooms(tmp_path))


async def test_a_room_that_somebody_else_clears_troubles_nobody(
    infested: LocalSandbox, endless: Order, tmp_path: Path
) -> None:
    await infested.start(endless)
    await caged(tmp_path)
    await LocalSandbox(folder=tmp_path / "rooms", tools={}).end_all()
    await infested.close()  # waits for whoever watched the sandbox, and raises what they did
    assert rooms(tmp_path) == []


async def test_a_cataloger_that_is_not_installed_is_named(
    bench: Workbench, infested: LocalSandbox, image: ImageName
) -> None:
    order = await bench.order(image, cataloger=CatalogerName.SYFT)
    with pytest.raises(SandboxError, match="syft is not installed here: run `make setup`"):
        await infested.start(order)


async def test_this_machine_can_run_sandboxes(sandbox: LocalSandbox, tmp_path: Path) -> None:
    assert set(installed_tools()) == set(CatalogerName)
    await sandbox.check()
    assert rooms(tmp_path) == []


async def test_a_machine_that_cannot_run_them_is_told_why(tmp_path: Path) -> None:
    missing = Tool(name=CatalogerName.TRIVY, program=("/not/there",), reads=())
    sandbox = LocalSandbox(folder=tmp_path / "rooms", tools={CatalogerName.TRIVY: missing})
    with pytest.raises(SandboxError, match=r"(?s)/not/there.*No sandbox.*make setup"):
        await sandbox.check()


CHECK = (
    "import asyncio, sys, pathlib",
    "from core.sandbox.installed import installed_tools",
    "from core.sandbox.local import LocalSandbox",
    "tools = {'trivy': installed_tools()['trivy']}",
    "asyncio.run(LocalSandbox(folder=pathlib.Path(sys.argv[1]), tools=tools).check())",
)


@AS_ROOT
async def test_an_ordinary_user_can_run_them_too(tmp_path: Path) -> None:
    user = "12345"
    (tmp_path / "rooms").mkdir()
    os.chown(tmp_path / "rooms", int(user), int(user))
    needs = [sys.base_prefix, sys.prefix, str(CODE / "core"), str(tmp_path / "rooms")]
    opened = [sys.executable, "-m", "core.sandbox.enter", *needs, "--"]
    become = ["/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"]
    checking = await python(*CHECK, arguments=[str(tmp_path / "rooms")], prefix=[*opened, *become])
    _, complaint = await checking.communicate()
    assert (checking.returncode, complaint) == (0, b"")


@AS_ROOT
async def test_root_without_the_right_to_make_namespaces_is_told_what_to_do(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    limited = ["/usr/bin/setpriv", "--bounding-set=-sys_admin", "--"]
    checking = await python(*CHECK, arguments=[str(closed / "rooms")], prefix=limited)
    _, complaint = await checking.communicate()
    assert checking.returncode != 0
    assert b"CAP_SYS_ADMIN" in complaint


async def python(
    *lines: str,
    arguments: Sequence[str],
    order: Order | None = None,
    prefix: Sequence[str] = (),
) -> asyncio.subprocess.Process:
    """A program of its own, given an order on its standard input."""
    process = await asyncio.create_subprocess_exec(
        *prefix,
        sys.executable,
        "-c",
        "\n".join(lines),
        *arguments,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE if order is None else None,
        cwd=CODE if not prefix else "/",
        env={"PYTHONPATH": str(CODE), "PATH": "/usr/bin:/bin"},
    )
    assert process.stdin is not None
    if order is not None:
        process.stdin.write(encode_order(order))
        await process.stdin.drain()
    process.stdin.close()
    return process
