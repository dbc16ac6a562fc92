"""The command line, which the work is accepted with."""

import io
import json
from pathlib import Path

import pytest

from core.advisories.__main__ import main
from core.advisories.database import Advisories
from tests.support.advisories import below, compiled, record, write


def _run(*arguments: str, source: str = "") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(arguments, io.StringIO(source), out, err)
    return code, out.getvalue(), err.getvalue()


def _sbom(path: Path, *purls: str) -> Path:
    components = [
        {
            "type": "library",
            "name": purl.split("/")[-1].split("@")[0],
            "purl": purl,
            "version": purl.split("@")[-1],
        }
        for purl in purls
    ]
    path.write_text(
        json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components})
    )
    return path


@pytest.mark.parametrize("ecosystem", ["Debian", "debian", "Debian:12"])
def test_order_answers_every_line(ecosystem: str) -> None:
    code, out, err = _run("order", ecosystem, source="1.0 1.1\n1.1 1.0\n1.0 0:1.0\n1.0- 1\n1\n\n")

    assert (code, err) == (0, "")
    assert out == "<\n>\n=\n?\n?\n?\n"


@pytest.mark.parametrize(
    "ecosystem", ["RedHat", "Red Hat", "RPM-vercmp", "SemVer", "npm", "crates.io"]
)
def test_order_knows_an_ecosystem_by_its_other_names(ecosystem: str) -> None:
    assert _run("order", ecosystem, source="1.0.0 1.0.1\n")[:2] == (0, "<\n")


def test_order_refuses_an_ecosystem_that_it_does_not_know() -> None:
    code, out, err = _run("order", "Nixpkgs", source="1 2\n")

    assert (code, out) == (2, "")
    assert "Nixpkgs" in err


def test_build_compiles_and_counts_what_it_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "records.jsonl", [record("X-1", below("PyPI", "a", "1.0")), record("X-2")]
    )
    path.write_text(path.read_text() + "{broken\n")

    code, out, err = _run("build", "--out", str(tmp_path / "a.db"), str(path))

    assert (code, out) == (0, "")
    assert "1 advisories on 1 packages" in err
    assert "not taken, 1: neither ranges nor versions, such as X-2" in err
    assert "not taken, 1: not an OSV record" in err
    Advisories.open(tmp_path / "a.db").close()


def test_build_says_what_is_not_there(tmp_path: Path) -> None:
    code, _, err = _run("build", "--out", str(tmp_path / "a.db"), str(tmp_path / "missing"))

    assert code == 1
    assert "no such file or folder" in err


def test_match_prints_a_line_a_finding(tmp_path: Path) -> None:
    built = compiled(
        tmp_path,
        record(
            "PYSEC-1",
            below("PyPI", "jinja2", "3.1.3"),
            aliases=["CVE-2024-1"],
            database_specific={"severity": "HIGH"},
        ),
    )
    sbom = _sbom(tmp_path / "a.cdx.json", "pkg:pypi/jinja2@3.1.2", "pkg:pypi/click@8.0.0")

    code, out, err = _run("match", "--db", str(built.path), str(sbom))

    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "sbom": str(sbom),
        "id": "CVE-2024-1",
        "aliases": ["CVE-2024-1", "PYSEC-1"],
        "purl": "pkg:pypi/jinja2@3.1.2",
        "package": "jinja2",
        "version": "3.1.2",
        "fixed": "3.1.3",
        "severity": "High",
    }
    assert list(json.loads(out)) == [
        "sbom",
        "id",
        "aliases",
        "purl",
        "package",
        "version",
        "fixed",
        "severity",
    ]


def test_match_goes_on_after_an_sbom_that_is_none(tmp_path: Path) -> None:
    built = compiled(tmp_path, record("PYSEC-1", below("PyPI", "jinja2", "3.1.3")))
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    good = _sbom(tmp_path / "good.json", "pkg:pypi/jinja2@3.1.2")

    code, out, err = _run(
        "match", "--db", str(built.path), str(broken), str(tmp_path / "missing.json"), str(good)
    )

    assert code == 1
    assert json.loads(out)["sbom"] == str(good)
    assert f"{broken}: " in err
    assert "missing.json" in err


def test_match_counts_what_it_could_not_decide(tmp_path: Path) -> None:
    built = compiled(tmp_path, record("GO-1", below("Go", "example.org/app", "1.2.0")))
    sbom = _sbom(tmp_path / "a.json", "pkg:golang/example.org/app@(devel)", "pkg:npm/a@1.0.0")

    code, out, err = _run("match", "--db", str(built.path), str(sbom))

    assert (code, out) == (0, "")
    assert "undecided, 1 package" in err
    assert "not covered, 1 package: there are no advisories for npm" in err


def test_match_says_that_the_database_is_none(tmp_path: Path) -> None:
    sbom = _sbom(tmp_path / "a.json", "pkg:pypi/a@1")

    code, _, err = _run("match", "--db", str(sbom), str(sbom))

    assert code == 1
    assert "no database of advisories" in err
