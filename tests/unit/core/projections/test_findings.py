"""The index of findings says what the findings blobs of present images say, and nothing else."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.domain.events import ImageDeleted, RulesApplied
from core.domain.findings import Finding
from core.domain.image.commands import RecordScan
from core.domain.recorded import Recorded
from core.domain.values import Disabled, ScanId
from core.projections.findings import Findings, index_key, manifest_key
from core.rules.evaluation import Exempted, Exemption
from core.storage.interface import Put, artifact_of
from core.storage.limits import check_transaction
from tests.support.findings import blob, finding
from tests.support.images import RUNNING, assess, delete, finish, push, request
from tests.support.samples import SUBSCRIPTION, at
from tests.support.views import Shown, fold, history, in_order

ONE = finding("CVE-2026-0001", "openssl", component="libssl3")
TWO = finding("CVE-2026-0002", "zlib")
RENAMED = finding("GHSA-aaaa-bbbb-cccc", "jinja2", aliases=("CVE-2026-0003", "CVE-2026-0004"))


def found(*findings: Finding) -> RecordScan:
    """A scan that finds these."""
    scanned = finish()
    assessment = replace(scanned.assessment, findings=artifact_of(blob(*findings)))
    return replace(scanned, assessment=assessment)


def blobs(*contents: bytes) -> Mapping[str, bytes]:
    return {artifact_of(one).sha256: one for one in contents}


def shown(told: list[Recorded], *contents: bytes) -> Shown:
    """The index rows after a history, without the manifests."""
    rows = fold(Findings(), told, artifacts=blobs(*contents))
    return {key: cells for key, cells in rows.items() if not key.startswith("m|")}


def names(rows: Shown) -> list[str]:
    """Under what there are rows, once for each row."""
    return sorted("|".join(key.split("|")[:2]) for key in rows)


def test_a_finding_is_found_by_each_of_its_cves_and_by_its_packages() -> None:
    told = history(RUNNING, found(ONE, RENAMED))
    rows = shown(told, blob(ONE, RENAMED))
    assert names(rows) == [
        "c|CVE-2026-0001",
        "c|CVE-2026-0003",
        "c|CVE-2026-0004",
        "c|GHSA-aaaa-bbbb-cccc",
        "p|jinja2",
        "p|libssl3",
        "p|openssl",
    ]
    (cells,) = (cells for key, cells in rows.items() if key.startswith("p|libssl3|"))
    assert cells == {
        "registry": "demo.azurecr.io",
        "repository": "team/app",
        "digest": told[0].event.image.digest,  # type: ignore[union-attr]
        "id": "CVE-2026-0001",
        "package": "openssl",
        "component": "libssl3",
        "version": "1.0",
        "fixed": "1.1",
        "severity": "High",
        "purl": "pkg:deb/debian/libssl3@1.0",
        "ecosystem": "Debian:12",
    }


def test_a_later_assessment_takes_away_what_is_no_more_and_adds_what_is_new() -> None:
    first, second = blob(ONE, TWO), blob(TWO, RENAMED)
    again = replace(assess(of=2, version=2), findings=artifact_of(second))
    told = history(RUNNING, found(ONE, TWO), request(), again)
    rows = shown(told, first, second)
    assert names(rows) == names(shown(history(RUNNING, found(TWO, RENAMED)), second))


def test_only_what_changed_is_written() -> None:
    first, second = blob(ONE, TWO), blob(replace(ONE, fixed="1.2"), TWO)
    told = history(RUNNING, found(ONE, TWO))
    rows = fold(Findings(), told, artifacts=blobs(first))
    for content, changes in ((first, 1), (second, 7)):
        again = replace(assess(of=2, version=2), findings=artifact_of(content))
        rescan = history(RUNNING, found(ONE, TWO), request(), again)[-1]
        contents = blobs(first, second)
        assert len(Findings().apply(rescan, rows, contents)) == changes


def test_two_findings_that_differ_in_anything_shown_are_two() -> None:
    twins = (ONE, replace(ONE, version="0.9"), replace(ONE, fixed=None))
    rows = shown(history(RUNNING, found(*twins)), blob(*twins))
    assert names(rows).count("c|CVE-2026-0001") == 3


def test_a_deleted_image_has_no_rows_and_none_come_back_when_it_does() -> None:
    content = blob(ONE, TWO)
    assert (
        fold(Findings(), history(RUNNING, found(ONE, TWO), delete(5)), artifacts=blobs(content))
        == {}
    )
    back = history(RUNNING, found(ONE, TWO), delete(5), push(6))
    assert names(fold(Findings(), back, artifacts=blobs(content))) == [manifest_key(back[0].stream)]


def test_a_deletion_of_what_was_never_there_needs_nothing() -> None:
    assert fold(Findings(), history(delete(5), push(3))) == {}


def test_a_completion_of_an_image_without_a_row_shows_nothing() -> None:
    content = blob()
    completed = history(RUNNING, found())[-1]
    assert fold(Findings(), [completed], artifacts=blobs(content)) == {}


def test_applied_over_half_of_its_own_effect_an_event_ends_alike() -> None:
    first, second = blob(ONE, TWO), blob(TWO, RENAMED)
    again = replace(assess(of=2, version=2), findings=artifact_of(second))
    told = history(RUNNING, found(ONE, TWO), request(), again)
    contents = blobs(first, second)
    for last in (told[-1], history(RUNNING, found(ONE, TWO), delete(5))[-1]):
        before = fold(Findings(), told[:-2], artifacts=contents)
        whole = fold(Findings(), [last], over=before, artifacts=contents)
        changes = Findings().apply(last, before, contents)
        for half in range(len(changes)):
            partly = dict(before)
            for change in changes[:half]:
                cells = getattr(change, "cells", None)
                partly.pop(change.key, None)
                partly |= {} if cells is None else {change.key: cells}
            assert fold(Findings(), [last], over=partly, artifacts=contents) == whole


@pytest.mark.parametrize(
    "name",
    ["a/b", "a|b", "x" * 5000, "ключ", "a b", "", "..", "#?%", "\x00", "@scope/name", "\\"],
)
def test_a_package_of_any_name_has_a_key_that_storage_takes(name: str) -> None:
    hostile = finding(package=name, component=name, version=name, purl=name or None)
    rows = shown(history(RUNNING, found(hostile)), blob(hostile))
    assert any(key.startswith(index_key("p", name)) for key in rows)
    for key, cells in rows.items():
        check_transaction("000", [Put(key, cells)])


def test_names_that_look_alike_have_keys_of_their_own() -> None:
    hashed = index_key("p", "a/b").split("|")[1]
    assert len({index_key("p", name) for name in ("a/b", "a\\b", "a|b", hashed, "ab")}) == 5


def test_a_healthy_image_has_only_its_manifest() -> None:
    told = history(RUNNING, found())
    assert list(fold(Findings(), told, artifacts=blobs(blob()))) == [manifest_key(told[0].stream)]


def under(*rules: str | None) -> Disabled:
    """What rules disable of findings: by place, the rule or none."""
    return Disabled(
        subscription=SUBSCRIPTION,
        rules_version=1,
        exemptions=artifact_of(exempted(*rules)) if any(rules) else None,
    )


def exempted(*rules: str | None) -> bytes:
    """The blob that says so."""
    places = [(place, rule) for place, rule in enumerate(rules) if rule is not None]
    return Exempted(
        exemptions=tuple(
            Exemption(finding=place, id="an id", purl="a purl", rule=rule) for place, rule in places
        )
    ).document


def applied(told: list[Recorded], *disabled: Disabled) -> list[Recorded]:
    """The history of a scanned image, to whose findings rules were applied one after the other."""
    events = [RulesApplied(scan=ScanId("a scan"), disabled=one) for one in disabled]
    return told + in_order(events, after=len(told))


def rules_of(rows: Shown) -> set[tuple[str, object]]:
    """Which finding has which rule."""
    return {(str(cells["id"]), cells.get("rule")) for cells in rows.values()}


def test_a_rule_stands_at_the_findings_that_it_disables_for_as_long_as_it_does() -> None:
    told, contents = history(RUNNING, found(ONE, TWO)), blob(ONE, TWO)
    ruled = applied(told, under(None, "zlib"))
    blobs_of = (contents, exempted(None, "zlib"))
    assert rules_of(shown(ruled, *blobs_of)) == {(ONE.id, None), (TWO.id, "zlib")}
    back = applied(told, under(None, "zlib"), under())
    assert shown(back, *blobs_of) == shown(told, contents)
    deleted = in_order([ImageDeleted(deleted_at=at(5))], after=len(ruled))
    assert shown(ruled + deleted, *blobs_of) == {}


def test_rules_at_an_image_of_which_nothing_is_shown_change_nothing() -> None:
    assert shown(applied(history(RUNNING), under("zlib"))) == {}


def test_findings_that_look_alike_are_disabled_where_all_of_them_are() -> None:
    told, contents = history(RUNNING, found(ONE, ONE)), blob(ONE, ONE)
    for rules, expected in (
        (("a", None), None),
        ((None, "a"), None),
        (("a", "b"), "a"),
    ):
        rows = shown(applied(told, under(*rules)), contents, exempted(*rules))
        assert rules_of(rows) == {(ONE.id, expected)}
