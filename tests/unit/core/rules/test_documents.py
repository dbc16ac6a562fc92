"""A document of all rules: read as one, refused as one, but for what has expired in it."""

import msgspec
import pytest

from core.domain.rules import MAX_RULES
from core.errors import InvalidRule
from core.rules.documents import MAX_DOCUMENT, read_rules
from tests.support.samples import at


def written(*rules: object) -> bytes:
    """A document of those rules."""
    return msgspec.json.encode({"rules": rules})


def named(name: str, **more: object) -> dict[str, object]:
    """A rule of that name as people write it."""
    return {"id": name, "criteria": {"notPatchable": True}, "reason": "No fix.", **more}


def test_a_rule_that_has_expired_does_not_spoil_the_file() -> None:
    desired = read_rules(
        written(
            named("over", expires="2025-01-01T00:00:00Z"),
            named("on", expires="2027-01-01T00:00:00Z"),
        ),
        now=at(0),
    )
    assert (list(desired.drafts), desired.expired) == (["on"], ("over",))


def test_no_rules_at_all_must_be_said() -> None:
    assert read_rules(written(), now=at(0)).drafts == {}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"{}", "rules"),
        (b"\xff", "no list of rules"),
        (b"[" * 10_000, "no list of rules"),
        (b" " * (MAX_DOCUMENT + 1), "bytes"),
        (written(named("a"), named("a")), "a is listed twice"),
        (written(named("import")), "cannot be called import"),
        (written(named("a", author="me")), "unknown field `author`"),
        (written(named("a"), named("b", criteria={})), "rule b: .*every finding there is"),
        (written(named("a", expires="2025-01-01T00:00:00")), "rule a: .*time zone"),
        (written(*(named(f"r{n}") for n in range(MAX_RULES + 1))), f"length <= {MAX_RULES}"),
    ],
    ids=range(10),
)
def test_a_document_that_makes_no_sense_is_refused(document: bytes, why: str) -> None:
    with pytest.raises(InvalidRule, match=why):
        read_rules(document, now=at(0))
