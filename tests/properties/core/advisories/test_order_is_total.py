"""The order of versions is one: whatever can be compared is comparable in every way alike."""

from functools import cmp_to_key
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.advisories.versions import Unparsable, compare

ECOSYSTEMS = [
    "Alpine",
    "CRAN",
    "Debian",
    "Go",
    "Hackage",
    "Maven",
    "NuGet",
    "Packagist",
    "Pub",
    "PyPI",
    "Red Hat",
    "RubyGems",
    "crates.io",
    "npm",
]

_PIECES = st.sampled_from(
    (
        *("0", "1", "2", "9", "10", "01", "00", "20240101"),
        *(".", ".", ".", "-", "-r", "-r1", "_", "+", "~", "^", ":"),
        *("a", "b", "rc", "alpha", "beta", "dev", "post", "pre", "p", "v", "x", "sp", "ga", "el9"),
        *("SNAPSHOT", "final", "release", "milestone", "m", "cr", "_p1", "_alpha", "git"),
    )
)
ODD = st.lists(_PIECES, min_size=1, max_size=8).map("".join)
"""Things that look like versions, valid in some ecosystem or in none."""

CONVENTIONAL = st.from_regex(
    r"\A[0-9]{1,2}(\.[0-9]{1,2}){0,3}(-(alpha|beta|milestone|rc|sp|SNAPSHOT|ga|foo)(-[1-9])?)?\Z"
)
"""What Maven documents. Its own order of odder versions is not transitive: `_` comes before
`0a0`, that before `0`, and that before `_`."""


def _versions(ecosystem: str) -> st.SearchStrategy[str]:
    return CONVENTIONAL if ecosystem == "Maven" else ODD


def _comparable(ecosystem: str, versions: list[str]) -> list[str]:
    return [each for each in versions if not isinstance(compare(ecosystem, each, each), Unparsable)]


def _compare(ecosystem: str, one: str, other: str) -> int:
    compared = compare(ecosystem, one, other)
    assert not isinstance(compared, Unparsable)
    return compared


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_order_is_antisymmetric_and_transitive(ecosystem: str, data: st.DataObject) -> None:
    versions = data.draw(st.lists(_versions(ecosystem), min_size=3, max_size=8))
    comparable = _comparable(ecosystem, versions)
    for one in comparable:
        assert _compare(ecosystem, one, one) == 0
        for other in comparable:
            assert _compare(ecosystem, one, other) == -_compare(ecosystem, other, one)

    def order(one: str, other: str) -> int:
        return _compare(ecosystem, one, other)

    ordered = sorted(comparable, key=cmp_to_key(order))
    for index, one in enumerate(ordered):
        for other in ordered[index:]:
            assert _compare(ecosystem, one, other) <= 0
    for one, other in pairwise(ordered):
        if _compare(ecosystem, one, other) == 0:
            assert all(
                _compare(ecosystem, one, each) == _compare(ecosystem, other, each)
                for each in ordered
            )


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
@given(text=st.text(max_size=40))
@settings(max_examples=25, deadline=None)
def test_any_text_is_compared_or_refused_and_never_breaks_anything(
    ecosystem: str, text: str
) -> None:
    compared = compare(ecosystem, text, "1.0.0")

    assert isinstance(compared, Unparsable) or compared in (-1, 0, 1)
