"""An image's verdict, put together from those of its packages, is that of its whole inventory."""

from pathlib import Path

import msgspec

from core.advisories.matching import Matcher
from core.fleet.distinct import contents
from core.fleet.verdicts import Verdicts, together
from core.inventory.packages import Inventory
from core.inventory.reader import read
from core.scanning.assessment import Verdict, assess
from tests.support.advisories import below, opened, record
from tests.support.fleet import deb, pypi, sbom

RECORDS = (
    record(
        "DEBIAN-CVE-2026-1",
        below("Debian:12", "zlib", "1.3"),
        upstream=["CVE-2026-1"],
        severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    ),
    record("DEBIAN-CVE-2026-2", below("Debian:12", "zlib", "1.2.1"), upstream=["CVE-2026-2"]),
    record("DEBIAN-CVE-2026-3", below("Debian:12", "curl", "8.0"), upstream=["CVE-2026-3"]),
    record("PYSEC-2026-4", below("PyPI", "jinja2", "3.1"), aliases=["CVE-2026-4"]),
)


def of_packages(matcher: Matcher, inventory: Inventory) -> Verdict:
    verdicts = Verdicts(matcher)
    layers = (package.layer for package in inventory.packages)
    found = (verdicts.of(content) for content in contents(inventory))
    return together(zip(found, layers, strict=True))


def test_the_verdict_is_the_same_to_the_byte(tmp_path: Path) -> None:
    inventory = read(
        sbom(
            pypi("jinja2", "3.0"),
            deb("curl", "7.0", "sha256:bb"),
            deb("zlib1g", "1.2", 'sha256:"\\ü', source="zlib"),
            deb("zlib1g-dev", "1.2", "sha256:aa", source="zlib"),
            deb("bash", "5.0", "sha256:aa"),
            deb("odd", "no version at all", "sha256:aa"),
            {"type": "library", "name": "x", "version": "1", "purl": "pkg:generic/x@1"},
        )
    )
    with opened(tmp_path, *RECORDS) as advisories:
        whole = assess(Matcher(advisories), inventory)
        assert of_packages(Matcher(advisories), inventory) == whole
    assert whole.counts.total == 6
    assert whole.uncompared > 0


def test_an_image_without_findings_has_an_empty_list(tmp_path: Path) -> None:
    inventory = read(sbom(deb("bash", "5.0")))
    with opened(tmp_path, *RECORDS) as advisories:
        verdict = of_packages(Matcher(advisories), inventory)
    assert msgspec.json.decode(verdict.findings) == []
