"""What `make mutate` takes out is there to be taken out."""

import shutil
from pathlib import Path

import pytest

from dev.stack.process import ROOT
from tests.mutants.catalogue import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.rule)
def test_a_rule_stands_in_the_code_and_what_remains_is_still_a_program(
    mutation: Mutation, tmp_path: Path
) -> None:
    copy = tmp_path / mutation.file
    copy.parent.mkdir(parents=True)
    shutil.copy(ROOT / mutation.file, copy)
    mutation.apply(tmp_path)
    assert copy.read_text() != (ROOT / mutation.file).read_text()
    compile(copy.read_text(), mutation.file, "exec")
    where = ROOT / mutation.tests
    sources = [where] if where.is_file() else where.glob("*.py")
    assert any(f"def {mutation.missed_by}(" in one.read_text() for one in sources)


def test_a_rule_that_has_moved_is_told(tmp_path: Path) -> None:
    mutation = Mutation(rule="a rule", file="code.py", old="kept", new="", tests="", missed_by="")
    for text in ("nothing here", "kept, and kept again"):
        (tmp_path / "code.py").write_text(text)
        with pytest.raises(ValueError, match=r"a rule is not there exactly once"):
            mutation.apply(tmp_path)
