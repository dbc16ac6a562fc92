"""Processes start, say when they are ready, and end by an identity that no other process shares."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dev.stack.process import Process, StartFailed, alive, ready, spawn, stop

READY_THEN_WAIT = "import time; print('port 42', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen(['sleep', '60']); print('child', child.pid, flush=True);"
    "time.sleep(60)"
)


def python(folder: Path, program: str, *, detached: bool = False) -> Process:
    return spawn(
        "sample", [sys.executable, "-c", program], log=folder / "sample.log", detached=detached
    )


def exists(pid: int) -> bool:
    """Whether the pid names a process that still runs (zombies are gone)."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def gone(pid: int) -> bool:
    for _ in range(200):
        if not exists(pid):
            return True
        await asyncio.sleep(0.02)
    return False


async def test_ready_gives_what_the_log_says_and_stop_leaves_no_process(tmp_path: Path) -> None:
    process = python(tmp_path, READY_THEN_WAIT)
    assert await ready(process, r"port (\d+)") == ["42"]
    assert alive(process)
    await stop(process)
    assert not alive(process)
    assert not Path(f"/proc/{process.pid}").exists()


async def test_death_while_starting_is_told_with_the_end_of_the_log_and_its_place(
    tmp_path: Path,
) -> None:
    process = python(tmp_path, "raise SystemExit('no such storage')")
    with pytest.raises(StartFailed) as caught:
        await ready(process, r"port (\d+)")
    assert "sample died while starting" in str(caught.value)
    assert "no such storage" in str(caught.value)
    assert str(tmp_path / "sample.log") in str(caught.value)
    await stop(process)


async def test_a_process_that_never_gets_ready_is_ended_and_told(tmp_path: Path) -> None:
    process = python(tmp_path, READY_THEN_WAIT)
    with pytest.raises(StartFailed, match="not ready after"):
        await ready(process, "never", seconds=0.2)
    assert not alive(process)


async def test_a_process_that_ignores_the_request_is_killed_with_its_children(
    tmp_path: Path,
) -> None:
    process = python(tmp_path, STUBBORN)
    [child] = await ready(process, r"child (\d+)")
    await stop(process, grace=0.2)
    assert not alive(process)
    assert await gone(int(child))


async def test_a_stranger_that_got_the_same_pid_is_never_signalled(tmp_path: Path) -> None:
    process = python(tmp_path, READY_THEN_WAIT)
    await ready(process, r"port (\d+)")
    earlier = replace(process, started=process.started - 1)
    assert not alive(earlier)
    await stop(earlier)
    assert alive(process)
    await stop(process)


async def test_stopping_what_is_gone_does_nothing(tmp_path: Path) -> None:
    process = python(tmp_path, "pass")
    assert await gone(process.pid)
    assert not alive(process)
    await stop(process)
    await stop(process)


@pytest.mark.parametrize("detached", [False, True])
async def test_only_a_detached_process_outlives_the_one_that_started_it(
    tmp_path: Path, detached: bool
) -> None:
    starter = (
        "import os, pathlib, signal; from dev.stack.process import spawn;"
        f"p = spawn('sample', ['sleep', '60'], log=pathlib.Path({str(tmp_path)!r}) / 'log',"
        f" detached={detached}); print(p.pid, p.started, flush=True);"
        "import time; time.sleep(0.3); os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run(  # noqa: S603 (our own interpreter, a program of this file)
        [sys.executable, "-c", starter], capture_output=True, check=False, text=True, timeout=30
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    pid, started = (int(number) for number in run.stdout.split())
    process = Process(name="sample", pid=pid, started=started, log=os.devnull)
    if detached:
        assert alive(process)
        await stop(process)
    assert await gone(pid)


def test_a_program_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match=r"`no-such-program`, .* run `make setup`"):
        spawn("sample", ["no-such-program"], log=tmp_path / "log")
