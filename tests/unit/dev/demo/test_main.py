"""What cannot be done is said in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.demo.__main__ import main
from dev.stack.process import ROOT


def test_a_stack_that_cannot_be_read_is_an_error_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stack.json").write_text("{")
    monkeypatch.setattr(sys, "argv", ["demo", "--run", str(tmp_path)])
    assert main() == 1
    said = capsys.readouterr().err
    assert said.startswith("demo: ")
    assert str(tmp_path / "stack.json") in said


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ({}, []),
        ({"IMAGE": "oci:a b:v1"}, ["--image=oci:a b:v1"]),
        (
            {"IMAGE": '"; touch pwned; "`touch pwned`', "ADVISORIES": "a b/c"},
            ['--image="; touch pwned; "`touch pwned`', "--advisories=a b/c"],
        ),
    ],
)
def test_make_hands_over_its_variables_as_they_are(
    given: dict[str, str], arguments: list[str], tmp_path: Path
) -> None:
    printer = tmp_path / "python"
    printer.write_text('#!/bin/sh\nfor each in "$@"; do echo "$each"; done\n')
    printer.chmod(0o755)
    variables = [f"{name}={value}" for name, value in given.items()]
    command = ["make", "-s", "-f", str(ROOT / "Makefile"), f"PYTHON={printer}", "-o", "installed"]
    run = subprocess.run(  # noqa: S603 (make, with a Python that only prints)
        [*command, "demo", *variables],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.splitlines() == ["-m", "dev.demo", *arguments]
    assert not (tmp_path / "pwned").exists()
