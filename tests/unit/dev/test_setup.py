"""Set-up runs on old interpreters, names what is missing, and does nothing the second time."""

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dev import setup


def test_it_is_written_in_the_python_of_any_machine() -> None:
    ast.parse(Path(setup.__file__).read_text(), feature_version=(3, 8))


def test_with_everything_installed_it_says_and_does_nothing() -> None:
    """The tests run in what set-up has made, so here it has nothing left to do."""
    made = {path: path.stat().st_mtime_ns for path in (setup.VENV / setup.STAMP,)}
    run = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, setup.__file__], capture_output=True, check=False, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert made == {path: path.stat().st_mtime_ns for path in made}


def test_missing_programs_are_named_by_their_packages_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "node").write_text("#!/bin/sh\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = setup.missing_packages()
    assert missing[:5] == ["docker-registry", "skopeo", "bubblewrap", "util-linux", "npm"]
    assert missing.count("util-linux") == 1


def test_without_apt_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(setup.SetupFailed, match="no apt-get to bring it: skopeo, bubblewrap"):
        setup.install_packages(["skopeo", "bubblewrap"])


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root can")
def test_without_the_right_to_install_it_says_the_command() -> None:
    """Run as nobody, with an apt-get that must not be called and a sudo that refuses."""
    with tempfile.TemporaryDirectory() as folder:  # tmp_path is root's alone
        Path(folder).chmod(0o755)
        for name in ("apt-get", "sudo"):
            Path(folder, name).write_text("#!/bin/sh\nexit 1\n")
            Path(folder, name).chmod(0o755)
        program = (
            f"import os, runpy; module = runpy.run_path({setup.__file__!r});"
            f"os.environ['PATH'] = {folder!r}; os.setgroups([]); os.setgid(65534);"
            "os.setuid(65534); module['install_packages'](['skopeo'])"
        )
        run = subprocess.run(  # noqa: S603 (our own script)
            [sys.executable, "-c", program], capture_output=True, check=False, text=True
        )
    assert run.returncode == 1
    assert "missing here: skopeo. Run this, then the same again:" in run.stderr
    command = "apt-get update; apt-get install -y --no-install-recommends skopeo"
    assert f"sudo sh -c '{command}'" in run.stderr


def test_a_changed_lock_file_is_installed_anew(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1")
    assert not setup.stamped(tmp_path, lock)
    setup.stamp(tmp_path, lock)
    assert setup.stamped(tmp_path, lock)
    lock.write_text("a==2")
    assert not setup.stamped(tmp_path, lock)


def test_a_failed_step_names_its_log_ends_with_its_last_words_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(setup, "LOG", tmp_path / "setup.log")
    with pytest.raises(setup.SetupFailed) as caught:
        setup.step("a thing", ["sh", "-c", "echo no route >&2; exit 3"], advice="Bring it by hand.")
    said = str(caught.value)
    assert str(tmp_path / "setup.log") in said
    assert said.endswith("| no route\nBring it by hand.")


def test_an_interpreter_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'python3.13: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert setup.version_of(shim) is None
    assert setup.version_of(tmp_path / "none") is None
    assert setup.version_of(sys.executable) == "3.13"
