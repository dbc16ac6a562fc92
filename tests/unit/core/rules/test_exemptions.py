"""An exemption becomes a rule that disables what it did and no more, or is refused by name."""

import json
from datetime import UTC, datetime

import pytest

from core.domain.criteria import Criteria
from core.domain.values import Severity
from core.errors import InvalidRule
from core.rules.exemptions import MOST, read_exemptions
from tests.support.desk import Desk
from tests.support.ruling import scanned
from tests.support.samples import SUBSCRIPTION
from tests.support.wire import wire

NOW = datetime(2026, 11, 22, tzinfo=UTC)
IMAGES = "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5"
NAME = "3b1b0b3e-2f0b-4a59-9d50-0f6a1c6b5a01"

type Json = dict[str, object]

CVE: Json = {
    "field": "va.cve.cveId",
    "operationType": "ContainedInOperation",
    "operation": {"values": [{"title": "CVE-2026-1"}]},
}
SEVERITY: Json = {
    "field": "va.cve.severity",
    "operationType": "LessThanFilterOperation",
    "operation": {"value": "High"},
}
CVSS: Json = {
    "field": "va.cve.cvss",
    "operationType": "LessThanFilterOperation",
    "operation": {"value": "8.0"},
}


def exemption(*conditions: Json, name: str = NAME, key: str = IMAGES, **more: object) -> Json:
    """As the service lists it."""
    place = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/standardAssignments"
    return {
        "id": f"{place}/{name}",
        "type": "Microsoft.Security/standardAssignments",
        "properties": {
            "displayName": "Accepted until spring",
            "description": "Nobody\ncalls it.",
            "excludedScopes": [],
            "effect": "Exempt",
            "assignedStandard": None,
            "exemptionData": {
                "exemptionCategory": "Waiver",
                "assignedAssessment": {"assessmentKey": key},
                "subAssessmentExemptionRule": {"if": {"allOf": list(conditions)}},
            },
            **more,
        },
    }


def listed(*exemptions: object) -> bytes:
    """The service's answer."""
    return json.dumps({"value": exemptions}).encode()


def test_all_conditions_hold_of_the_rule_as_of_the_exemption() -> None:
    document = listed(exemption(CVE, SEVERITY, CVSS, expiresOn="2027-03-01T00:00:00Z"))
    found = read_exemptions(document, SUBSCRIPTION, now=NOW)
    assert found.refused == ()
    draft = found.drafts[NAME]
    assert draft.criteria == Criteria(
        vulnerabilities=("CVE-2026-1",), severity_at_most=Severity.MEDIUM, cvss_below=8.0
    )
    assert draft.reason == "Accepted until spring: Nobody calls it."
    assert draft.expires == datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (exemption(CVE, key="00000000-0000-0000-0000-000000000000"), "another recommendation"),
        (exemption({**CVE, "field": "va.package"}), "has no counterpart"),
        (exemption({**CVE, "operationType": "EqualsOperation"}), "has no counterpart"),
        (exemption({**SEVERITY, "operation": {"value": "Low"}}), "has no counterpart"),
        (exemption({**CVSS, "operation": {"value": "1e1"}}), "has no counterpart"),
        (exemption({**CVSS, "operation": {"value": "11"}}), "cvssBelow"),
        (exemption({**CVE, "not": True}), "unknown field"),
        (exemption(CVE, CVE), "two conditions"),
        (exemption(), "every finding"),
        (exemption(CVE, effect="Audit"), "not Exempt"),
        (exemption(CVE, excludedScopes=["/subscriptions/x"]), "excludedScopes"),
        (exemption(CVE, expiresOn="2026-01-01T00:00:00Z"), "expired before it began"),
        (exemption(CVE, expiresOn="tomorrow"), "RFC3339"),
        (exemption(CVE, name="import"), "cannot be called import"),
        ({**exemption(CVE), "id": "/subscriptions/other/providers/x"}, "no exemption of the whole"),
        (
            {
                "id": "/subscriptions/x/providers/Microsoft.Authorization/policyAssignments/y",
                "properties": {"metadata": {"subAssessmentSettings": {"filters": []}}},
            },
            "retired form",
        ),
        ("a text", "str"),
        ({}, "missing required field"),
    ],
)
def test_what_has_no_counterpart_is_refused_and_the_others_are_taken(
    given: object, why: str
) -> None:
    good = exemption(CVE, name="good")
    found = read_exemptions(listed(given, good), SUBSCRIPTION, now=NOW)
    assert list(found.drafts) == ["good"]
    (refusal,) = found.refused
    assert why in refusal.why


def test_an_exemption_without_conditions_is_never_a_rule_for_everything() -> None:
    whole = exemption(CVE)
    whole["properties"]["exemptionData"].pop("subAssessmentExemptionRule")  # type: ignore[index]  # the JSON that was just made
    found = read_exemptions(listed(whole), SUBSCRIPTION, now=NOW)
    assert (found.drafts, len(found.refused)) == ({}, 1)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"{", "no list of exemptions"),
        (b'{"value": 3}', "no list of exemptions"),
        (b'{"value": [], "nextLink": "https://more"}', "more pages"),
        (listed(*({} for _ in range(MOST + 1))), "1,001"),
        (b" " * (4 * 1024 * 1024 + 1), "4,194,304"),
        (b"[" * 100_000, "no list of exemptions"),
    ],
)
def test_a_document_that_is_no_whole_list_is_refused(document: bytes, why: str) -> None:
    with pytest.raises(InvalidRule, match=why):
        read_exemptions(document, SUBSCRIPTION, now=NOW)


async def test_an_import_is_previewed_takes_effect_and_is_not_repeated(app: Desk) -> None:
    await scanned(app, 1)
    document = listed(exemption(CVE), exemption(name="other"))
    files, given = app.app.services.ruling.files, {"subscription": SUBSCRIPTION}
    preview = wire(await files.take_exemptions(document, {**given, "dryRun": "true"}, "ada"))
    assert isinstance(preview, dict)
    assert (preview["added"], preview["dryRun"]) == ([NAME], True)
    assert preview["rules"] == [
        {
            "id": NAME,
            "criteria": {"vulnerabilities": ["CVE-2026-1"]},
            "reason": "Accepted until spring: Nobody calls it.",
            "expires": None,
        }
    ]
    assert (await app.image(1)).counts.total == 1, "a preview changes nothing"
    done = wire(await files.take_exemptions(document, given, "ada"))
    assert isinstance(done, dict)
    assert done["refused"] == preview["refused"]
    await app.app.drain()
    image = await app.image(1)
    assert (image.counts.total, image.disabled.total) == (0, 1)
    before = await app.app.services.ruling.desk.history(SUBSCRIPTION)
    again = wire(await files.take_exemptions(document, given, "ada"))
    assert isinstance(again, dict)
    assert (again["added"], again["unchanged"]) == ([], [NAME])
    assert await app.app.services.ruling.desk.history(SUBSCRIPTION) == before
