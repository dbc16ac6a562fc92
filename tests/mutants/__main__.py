"""`python -m tests.mutants`: takes one rule after the other out of a copy of the tree, and shows
that the test which is there for it misses it. Fails when one is not missed.

The tree itself is never touched. The copy as it is must pass first, or failing would prove nothing;
and so would a program that does not even run: only a test that was run, and failed, counts.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from dev.stack.process import ROOT
from tests.mutants.catalogue import MUTATIONS, Mutation

_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "docs", "bench")
_FAILED = re.compile(r"^FAILED (\S+)(?: - (.*))?", re.MULTILINE)
_PASSED_ALL, _FAILED_SOME = 0, 1
"""How pytest ends; anything else is a run that proves nothing."""


def main() -> int:
    """Try all; 0 when every rule is missed by a test."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        whole = Path(folder, "whole")
        shutil.copytree(ROOT, whole, ignore=_LEFT_OUT)
        code, said = _run(whole, MUTATIONS)
        if code != _PASSED_ALL:
            print(f"The tests fail with every rule in its place:\n{said}")
            return 1
        print("nothing taken out: every test passes", flush=True)
        survivors = [one.rule for one in MUTATIONS if not _missed(one, whole)]
    print(f"{len(MUTATIONS) - len(survivors)} of {len(MUTATIONS)} rules are missed when they go")
    return min(1, len(survivors))


def _missed(mutation: Mutation, whole: Path) -> bool:
    """Whether its test fails without the rule."""
    began = time.monotonic()
    tree = whole.with_name("mutant")
    shutil.copytree(whole, tree)
    try:
        mutation.apply(tree)
        code, said = _run(tree, [mutation])
    finally:
        shutil.rmtree(tree)
    found = _FAILED.search(said)
    missed = code == _FAILED_SOME and found is not None
    verdict = f"missed by {found[1]}" if missed and found else f"NOT MISSED (pytest ended {code})"
    print(f"{mutation.rule}: {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
    if missed and found and found[2]:
        print(f"    {found[2]}", flush=True)
    return missed


def _run(tree: Path, mutations: Sequence[Mutation]) -> tuple[int, str]:
    """The tests that are there for those rules, until the first fails, without a storage emulator;
    what pytest ended with."""
    options = ["-x", "-q", "-m", "not azurite", "-p", "no:cacheprovider", "--tb=no"]
    paths = dict.fromkeys(one.tests for one in mutations)
    names = " or ".join(dict.fromkeys(one.missed_by for one in mutations))
    ended = subprocess.run(  # noqa: S603 - our own interpreter, on a copy of our own tree
        [sys.executable, "-m", "pytest", *options, *paths, "-k", names],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


if __name__ == "__main__":
    sys.exit(main())
