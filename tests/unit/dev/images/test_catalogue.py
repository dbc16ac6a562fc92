"""The demo's own advisories lead to the health that the demo's catalogue promises."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest
from cvss import CVSS2, CVSS3  # type: ignore[import-untyped]  # cvss has no annotations

from core.advisories.compiler import compile_database
from core.advisories.database import Advisories
from core.advisories.matching import Matched, Matcher
from core.domain.findings import Category
from core.domain.values import Health, Severity, is_repository, is_tag
from dev.images import samples
from dev.images.catalogue import ADVISORIES, CATALOGUE, Sample
from dev.images.hand import hand_advisories, hand_image
from dev.images.oci import Image, Index
from tests.support.catalogers import inventory


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matcher]:
    """Matches with the demo's advisories."""
    compiled = compile_database([ADVISORIES], tmp_path_factory.mktemp("db") / "advisories.db")
    assert compiled.refused == {}
    advisories = Advisories.open(compiled.path)
    yield Matcher(advisories)
    advisories.close()


async def _matched(matcher: Matcher, content: Image | Index) -> list[Matched]:
    images = content.images if isinstance(content, Index) else [content]
    return [matcher.match(await inventory(image)) for image in images]


@pytest.mark.parametrize("sample", CATALOGUE, ids=lambda sample: sample.repository)
async def test_an_image_comes_out_in_the_health_that_is_promised(
    sample: Sample, matcher: Matcher
) -> None:
    content = sample.build()
    if isinstance(content, Image) and content.os == "windows":
        assert sample.health is Health.NOT_APPLICABLE
        return
    matched = await _matched(matcher, content)
    found = any(each.findings for each in matched)
    assert sample.health is (Health.UNHEALTHY if found else Health.HEALTHY)
    assert not any(each.unknown or each.uncovered for each in matched)


async def test_the_outdated_debian_has_findings_of_every_kind(matcher: Matcher) -> None:
    [matched] = await _matched(matcher, samples.outdated_debian())
    severities = {finding.severity for finding in matched.findings}
    assert severities == set(Severity) - {Severity.UNKNOWN}
    for category in Category:
        found = [finding for finding in matched.findings if finding.category is category]
        assert {finding.patchable for finding in found} == {True, False}


async def test_the_go_program_is_vulnerable_in_its_toolchain_and_in_its_modules(
    matcher: Matcher,
) -> None:
    [matched] = await _matched(matcher, samples.go_program())
    assert {finding.package for finding in matched.findings} == {
        "stdlib",
        "golang.org/x/crypto",
        "golang.org/x/net",
        "golang.org/x/text",
    }


async def test_only_one_of_the_two_architectures_is_vulnerable(matcher: Matcher) -> None:
    amd64, arm64 = await _matched(matcher, samples.multi_architecture())
    assert amd64.findings
    assert not arm64.findings


def test_the_catalogue_names_each_image_once_and_by_the_rules() -> None:
    assert max(Counter(sample.repository for sample in CATALOGUE).values()) == 1
    assert all(is_repository(each.repository) and is_tag(each.tag) for each in CATALOGUE)


def _records() -> Iterator[Mapping[str, object]]:
    for file in sorted(ADVISORIES.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            yield json.loads(line)


@pytest.mark.parametrize("record", tuple(_records()), ids=lambda record: str(record["id"]))
def test_an_advisory_has_all_that_the_osv_schema_asks_for(record: Mapping[str, object]) -> None:
    assert set(record) <= {
        *("schema_version", "id", "modified", "published", "aliases", "upstream", "related"),
        *("summary", "severity", "affected", "references"),
    }
    assert datetime.fromisoformat(str(record["modified"])).tzinfo is not None
    for affected in _list(record["affected"]):
        assert set(_dict(affected["package"])) == {"ecosystem", "name"}
        for each in _list(affected["ranges"]):
            assert each["type"] in {"ECOSYSTEM", "SEMVER"}
            events = _list(each["events"])
            assert all(len(event) == 1 for event in events)
            assert any("introduced" in event for event in events)
    for severity in _list(record["severity"]):
        score = {"CVSS_V2": CVSS2, "CVSS_V3": CVSS3}[str(severity["type"])](severity["score"])
        assert score.base_score > 0


def _list(value: object) -> list[Mapping[str, object]]:
    assert isinstance(value, list)
    return value


def _dict(value: object) -> Mapping[str, object]:
    assert isinstance(value, dict)
    return value


async def test_each_vulnerable_package_of_a_hand_made_image_is_one_finding(tmp_path: Path) -> None:
    (tmp_path / "hand.jsonl").write_bytes(hand_advisories(40))
    compiled = compile_database([tmp_path / "hand.jsonl"], tmp_path / "advisories.db")
    advisories = Advisories.open(compiled.path)
    try:
        image = hand_image(packages=50, vulnerable=40)
        [matched] = await _matched(Matcher(advisories), image)
    finally:
        advisories.close()
    counts = Counter(finding.severity for finding in matched.findings)
    assert counts == dict.fromkeys(
        (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW), 10
    )
