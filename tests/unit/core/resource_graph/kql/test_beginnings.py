"""Expressions over ids: which are decided by their beginnings, and that they then are."""

import re
import uuid

import pytest

from core.resource_graph.kql.beginnings import decides

ROOT = (
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/fleet/providers"
    "/Microsoft.ContainerRegistry/registries/demo/providers/Microsoft.Security/assessments"
    "/c0b7cfc6-3172-465a-b378-53c7ff2cc0d5/subAssessments/"
)
DECIDED = [
    (".*assessments/(.+?)/.*", 1),
    ("(?i)(.*?)/providers/Microsoft.Security/([^/]+)", 1),
    ("(?i)providers/Microsoft.Security/assessments/", 0),
    ("(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/", 0),
    ("(.+)/providers/Microsoft.Security", 1),
    (r"(?s)^(.*?)/providers/Microsoft\.Security/assessments/.*$", 1),
]
NOT_DECIDED = [
    ("(?i)providers/Microsoft.Security/assessments/([^/]*)", 1),  # the group is the tail's
    ("([^/]+)$", 1),
    ("/subAssessments/(.*)", 1),
    ("assessments/|0", 0),
    ("(assessments/)?", 1),
    ("[a-f]", 0),
    ("x{2}", 0),
    (r"\w", 0),
    (r".*\d", 0),
    ("", 0),
    ("(", 0),
    ("assessments/.{40}", 0),
    ("a/$", 0),
]


@pytest.mark.parametrize(("pattern", "group"), DECIDED)
def test_an_expression_that_beginnings_decide_says_the_same_of_every_id(
    pattern: str, group: int
) -> None:
    assert decides(pattern, group)
    ids = [f"{ROOT}{uuid.UUID(int=number * 0x1111_2222_3333)}" for number in range(20)]
    found = [re.search(pattern, one) for one in ids]
    assert len({one and one[group] for one in found}) == 1


@pytest.mark.parametrize(("pattern", "group"), NOT_DECIDED)
def test_all_others_are_asked_of_every_row(pattern: str, group: int) -> None:
    assert not decides(pattern, group)
