"""Payloads follow the schema that is documented, and lists that are cut say how long they were."""

import json
from pathlib import Path

import msgspec

from core.domain.findings import Finding
from core.domain.image import Image
from core.domain.values import Severity
from core.notifications.deltas import Delta, Kind
from core.notifications.notices import LISTED, ImageNotice, fleet_notice, image_notice, schemas
from tests.support.findings import finding
from tests.support.samples import SUBSCRIPTION, at, image_name

DOCUMENTED = Path(__file__).parents[4] / "docs/notifications.schema.json"


def exploited(finding: Finding) -> bool:
    """All vulnerabilities whose number ends in 3 are."""
    return finding.id.endswith("3")


def notice(number: int, kind: Kind = Kind.NEW_FINDINGS, *, new: int = 1) -> ImageNotice:
    image = Image(name=image_name(number), subscription=SUBSCRIPTION, present=True)
    findings = [finding(f"CVE-2026-{one}") for one in range(new)]
    delta = Delta(kind=kind, new=findings)
    return image_notice(image, delta, exploited, cause="push", at=at(number))


def test_the_documented_schema_is_the_one_of_the_payloads() -> None:
    assert json.loads(DOCUMENTED.read_text()) == schemas()


def test_a_finding_says_whether_it_is_exploited() -> None:
    said = notice(1, new=5)
    assert [one.id for one in said.new.listed if one.known_exploited] == ["CVE-2026-3"]


def test_a_long_list_is_cut_and_says_how_long_it_was() -> None:
    said = notice(1, new=LISTED + 5)
    assert (said.new.total, len(said.new.listed)) == (LISTED + 5, LISTED)


def test_the_longest_and_strangest_names_fit_into_a_cell() -> None:
    strange = '\U0001f4a3"' * 100_000
    findings = [
        finding(strange, strange, version=strange, fixed=strange, severity=Severity.NEGLIGIBLE)
        for _ in range(50)
    ]
    image = Image(name=image_name(1), subscription=SUBSCRIPTION, tags=("t" * 128,) * 1000)
    delta = Delta(
        kind=Kind.WORSENED, new=findings, resolved=findings, exploited=findings, fixable=findings
    )
    said = image_notice(image, delta, exploited, cause="push", at=at(1))
    assert len(msgspec.json.encode(said)) < 64 * 1024


def test_a_digest_puts_the_most_pressing_images_first() -> None:
    notices = [
        notice(1),
        notice(2, Kind.BECAME_UNHEALTHY),
        notice(3, new=7),
        notice(4, Kind.RECOVERED, new=0),
    ]
    digest = fleet_notice(notices, cause="advisories-changed", version=3, at=at(9))
    assert [one.digest[-1] for one in digest.examples] == ["2", "3", "1", "4"]
    assert digest.kinds == {"BecameUnhealthy": 1, "NewFindings": 2, "Recovered": 1}


def test_a_digest_of_a_whole_fleet_fits_into_one_message() -> None:
    notices = [notice(number) for number in range(1, 10_001)]
    digest = fleet_notice(notices, cause="advisories-changed", version=3, at=at(9))
    assert digest.images == 10_000
    assert len(msgspec.json.encode(digest)) < 64 * 1024
