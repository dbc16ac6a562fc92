"""Every form is what its specification says, however hostile the names inside the image are."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.domain.findings import Cvss, Exploitation
from core.domain.values import Severity
from core.errors import InvalidInput
from core.exports.cyclonedx import CYCLONEDX
from core.exports.forms import FORMS, form_of
from core.exports.interface import Assessed, Export, Form, Inspected
from core.exports.lines import COLUMNS, CSV, JSON_LINES
from core.exports.openvex import OPENVEX
from core.exports.sarif import SARIF, escaped
from core.exports.spdx import SPDX
from core.exports.text import address, moment, package_url
from core.inventory.packages import Package
from core.plain import plain
from tests.support.findings import finding
from tests.support.published import check_cyclonedx, check_openvex, check_sarif, check_spdx
from tests.support.samples import at, image_name

ESCAPE = "\x1b]0;owned\x07"
HOSTILE = f"=cmd|'/C calc'!A0{ESCAPE}\u202e\r\n<script>[a](javascript:b){{0}}"
CHECKS = [
    (CYCLONEDX, check_cyclonedx),
    (SARIF, check_sarif),
    (SPDX, check_spdx),
    (OPENVEX, check_openvex),
]


def inspected(*findings: Assessed, number: int = 1, whole: bool = True) -> Inspected:
    """An image with those findings, and a package that has none."""
    clean = Package(name="bash", version="5.2", purl="pkg:deb/debian/bash@5.2", type="deb")
    return Inspected(
        image=image_name(number),
        tags=("latest", "v1"),
        platform="linux/amd64",
        packages=(clean,),
        findings=findings,
        whole=whole,
    )


def export(*images: Inspected, first: bool = True) -> Export:
    return Export(name="demo", moment=at(0), images=images, first=first)


def assessed(
    name: str = "CVE-2026-0001", package: str = "openssl", rule: str | None = None
) -> Assessed:
    """A finding of which everything is known."""
    known = Exploitation(epss=0.5, percentile=0.9, known_exploited=True, added="2026-01-02")
    found = replace(
        finding(name, package, aliases=("GHSA-1",)),
        cvss=(Cvss(version="3.1", vector="CVSS:3.1/AV:N", score=7.5),),
        references=("https://example.org/a", "javascript:alert(1)"),
        published="2026-01-01T00:00:00Z",
        modified="yesterday",
        status="wont-fix",
    )
    return Assessed(finding=found, known=known, rule=rule)


def hostile() -> Assessed:
    """A finding whose every text was chosen by an attacker."""
    found = replace(
        finding(HOSTILE, HOSTILE, version=HOSTILE, fixed=HOSTILE, purl=f"pkg:deb/{HOSTILE}"),
        summary=HOSTILE,
        severity=Severity.CRITICAL,
        severity_source=HOSTILE,
        ecosystem=HOSTILE,
        published=HOSTILE,
        references=(HOSTILE, "https://example.org/<script>"),
        cvss=(Cvss(version=HOSTILE, vector=HOSTILE, score=9.8),),
        status=HOSTILE,
    )
    return Assessed(finding=found, known=Exploitation(), rule=HOSTILE)


@pytest.mark.parametrize(("form", "check"), CHECKS, ids=lambda one: getattr(one, "name", ""))
@pytest.mark.parametrize(
    "told",
    [
        export(inspected()),
        export(inspected(assessed(), assessed("CVE-2026-2", "zlib", rule="accepted"))),
        export(inspected(hostile(), assessed(), replace(hostile(), rule=None))),
        export(inspected(assessed()), inspected(assessed(), number=2), inspected(number=3)),
    ],
    ids=["clean", "plain", "hostile", "many"],
)
def test_a_document_follows_its_specification(
    form: Form, check: Callable[[bytes], None], told: Export
) -> None:
    check(form.write(told))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_nothing_unprintable_leaves_in_any_form(form: Form) -> None:
    lines = form.write(export(inspected(hostile(), assessed()))).decode().splitlines()
    assert all(line.isprintable() for line in lines)
    texts = "".join(lines)
    assert "\\u" not in texts, "no control character is hidden by an escape"
    assert "javascript:alert" not in texts


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_finding_stands_in_every_form(form: Form) -> None:
    names = [f"CVE-2026-{number:04}" for number in range(300)]
    document = form.write(
        export(
            inspected(
                *(
                    Assessed(finding=finding(name, name), known=Exploitation(), rule=None)
                    for name in names
                )
            )
        )
    ).decode()
    told = names if form is not SPDX else [f"pkg:deb/debian/{name}@1.0" for name in names]
    assert [name for name in told if name not in document] == []


def test_cyclonedx_lists_what_is_installed_and_what_affects_it() -> None:
    document = json.loads(CYCLONEDX.write(export(inspected(assessed(rule="accepted")))))
    assert document["metadata"]["component"]["version"] == image_name().digest
    assert [one["name"] for one in document["components"]] == ["bash", "openssl"]
    (vulnerability,) = document["vulnerabilities"]
    assert vulnerability["affects"] == [{"ref": document["components"][1]["bom-ref"]}]
    assert vulnerability["analysis"] == {
        "state": "not_affected",
        "detail": "The rule accepted disables it.",
    }
    assert vulnerability["advisories"] == [{"url": "https://example.org/a"}]
    assert "updated" not in vulnerability, "yesterday is no moment"


def test_cyclonedx_of_many_images_keeps_their_packages_apart() -> None:
    told = export(inspected(assessed()), inspected(assessed(), number=2))
    document = json.loads(CYCLONEDX.write(told))
    parts = [[part["bom-ref"] for part in one["components"]] for one in document["components"]]
    affected = [one["affects"][0]["ref"] for one in document["vulnerabilities"]]
    assert affected == [parts[0][1], parts[1][1]]
    assert len({*parts[0], *parts[1]}) == 4


def test_sarif_suppresses_what_a_rule_disables_and_says_where_a_scan_is_not_whole() -> None:
    told = export(inspected(assessed(), assessed(rule="accepted"), whole=False))
    (run,) = json.loads(SARIF.write(told))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["properties"]["security-severity"] == "7.5"
    assert rule["helpUri"] == "https://example.org/a"
    open_one, disabled = run["results"]
    assert "suppressions" not in open_one
    assert disabled["suppressions"] == [
        {"kind": "external", "justification": "The rule accepted disables it."}
    ]


def test_sarif_knows_a_finding_again_in_the_next_image_of_the_repository() -> None:
    told = export(inspected(assessed()), inspected(assessed(), number=2))
    runs = json.loads(SARIF.write(told))["runs"]
    assert len({json.dumps(run["results"][0]["partialFingerprints"]) for run in runs}) == 1
    assert len({run["automationDetails"]["id"] for run in runs}) == 2


def test_sarif_gets_a_score_within_the_band_of_the_severity_that_was_chosen() -> None:
    one = assessed()
    chosen = replace(one, finding=replace(one.finding, severity=Severity.LOW))
    (run,) = json.loads(SARIF.write(export(inspected(chosen))))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["properties"]["security-severity"] == "0.1", "7.5 would be shown as high"


def test_a_sarif_message_has_no_links_or_placeholders_of_its_own() -> None:
    assert escaped("[a](b) {0} \\") == "\\[a\\](b) {{0}} \\\\"


def test_openvex_says_what_to_do_or_why_nothing() -> None:
    unfixed = replace(assessed(), finding=replace(finding(), fixed=None))
    told = export(inspected(assessed(), unfixed, assessed(rule="accepted")))
    statements = json.loads(OPENVEX.write(told))["statements"]
    assert [one["status"] for one in statements] == ["affected", "affected", "not_affected"]
    assert [one.get("action_statement", one.get("impact_statement")) for one in statements] == [
        "Upgrade openssl from 1.0 to 1.1.",
        "No version of openssl that resolves it is known.",
        "The rule accepted disables it.",
    ]


def test_spdx_refers_to_advisories_that_no_rule_disables() -> None:
    told = export(inspected(assessed(), assessed(package="zlib", rule="accepted")))
    packages = {one["name"]: one for one in json.loads(SPDX.write(told))["packages"]}
    kinds = {
        name: [each["referenceType"] for each in one["externalRefs"]]
        for name, one in packages.items()
    }
    assert (kinds["openssl"], kinds["zlib"]) == (["purl", "advisory"], ["purl"])


def test_a_sheet_has_no_formula_and_headings_on_its_first_page_only() -> None:
    told = export(inspected(hostile(), assessed(rule="accepted")))
    rows = list(csv.DictReader(io.StringIO(CSV.write(told).decode(), newline="")))
    assert rows[0]["component"].startswith("'=cmd")
    assert (rows[1]["cvss"], rows[1]["exploited"], rows[1]["disabledBy"]) == (
        "7.5",
        "2026-01-02",
        "accepted",
    )
    following = CSV.write(replace(told, first=False)).decode()
    assert ",".join(COLUMNS) not in following
    assert CSV.write(told).decode().endswith(following)


def test_a_line_of_json_has_all_that_the_api_says_of_a_finding() -> None:
    (line,) = JSON_LINES.write(export(inspected(assessed(rule="accepted")))).splitlines()
    told = json.loads(line)
    assert told["image"]["digest"] == image_name().digest
    assert (told["id"], told["fixed"], told["status"]["rule"]) == (
        "CVE-2026-0001",
        "1.1",
        "accepted",
    )
    assert told["epss"] == {"score": 0.5, "percentile": 0.9}
    assert told["references"] == ["https://example.org/a"]


def test_a_line_of_json_has_each_text_printable_and_what_is_printable_as_it_was() -> None:
    for text in ("a\nb", "a\x1bb", "a\u202eb", 'a"b', "a\\b", "\N{SNOWMAN}"):
        told = replace(assessed(), finding=replace(assessed().finding, component=text))
        (line,) = JSON_LINES.write(export(inspected(told))).splitlines()
        assert json.loads(line)["component"] == plain(text)


@pytest.mark.parametrize(
    ("given", "accept", "name"),
    [
        ({}, None, "cyclonedx"),
        ({}, "*/*", "cyclonedx"),
        ({}, "text/html, text/csv;q=0.9", "csv"),
        ({}, "application/sarif+json", "sarif"),
        ({"format": "SPDX"}, "text/csv", "spdx"),
        ({"format": "jsonl"}, None, "jsonl"),
    ],
)
def test_a_form_is_asked_for_by_name_or_by_type(
    given: dict[str, str], accept: str | None, name: str
) -> None:
    assert form_of(given, accept).name == name


@pytest.mark.parametrize(
    ("given", "accept", "said"),
    [({"format": "pdf"}, None, "format must be one of"), ({}, "image/png", "Accept names no form")],
)
def test_a_form_that_there_is_not_is_refused(
    given: dict[str, str], accept: str | None, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        form_of(given, accept)


def test_text_is_one_printable_line() -> None:
    assert plain("a\r\nb\tc") == "a b c"
    assert plain(ESCAPE) == "\ufffd]0;owned\ufffd"
    assert plain("naïve 漢字") == "naïve 漢字"


def test_only_addresses_of_the_web_and_package_urls_pass() -> None:
    assert address("https://example.org/a?b=c") == "https://example.org/a?b=c"
    assert [address(one) for one in ("javascript:a", "file:///a", "https://a b")] == [None] * 3
    assert package_url("pkg:deb/debian/a@1%2B2") == "pkg:deb/debian/a@1%2B2"
    assert package_url("pkg:deb/<a>") is None
    assert moment("2026-01-01") is None, "no day of which nobody knows where"
