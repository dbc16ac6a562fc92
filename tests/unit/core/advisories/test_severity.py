"""Which severity is chosen, by which rule."""

import pytest

from core.advisories.layout import Vector, Word
from core.advisories.severity import NOBODY, choose, vector
from core.domain.values import Severity

CRITICAL_V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
LOW_V4 = "CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"


@pytest.mark.parametrize(
    ("text", "version", "score"),
    [
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "2.0", 7.5),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.0", 9.8),
        (CRITICAL_V3, "3.1", 9.8),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 9.3),
    ],
)
def test_a_vector_is_scored(text: str, version: str, score: float) -> None:
    assert vector(text) == Vector(version, text, score)


@pytest.mark.parametrize("text", ["", "9.8", "CVSS:3.1/AV:N", "CVSS:4.0/XX:Y", "A" * 10_000])
def test_what_is_no_vector_has_no_score(text: str) -> None:
    assert vector(text) is None


def _vectors(*texts: str) -> list[Vector]:
    return [scored for text in texts if (scored := vector(text)) is not None]


def test_a_vendors_word_goes_before_every_score() -> None:
    chosen = choose([Word("ALSA-1", "Important")], _vectors(CRITICAL_V3), vendor=True)

    assert chosen == (Severity.HIGH, "ALSA-1")


def test_a_score_goes_before_anybody_elses_word() -> None:
    chosen = choose([Word("GHSA-1", "LOW")], _vectors(CRITICAL_V3), vendor=False)

    assert chosen == (Severity.CRITICAL, "CVSS v3.1")


def test_the_newest_version_of_cvss_goes_before_older_ones() -> None:
    severity, source = choose([], _vectors(CRITICAL_V3, LOW_V4), vendor=False)

    assert (severity, source) == (Severity.LOW, "CVSS v4.0")


def test_without_a_score_the_records_word_is_taken() -> None:
    assert choose([Word("GHSA-1", "MODERATE")], [], vendor=False) == (Severity.MEDIUM, "GHSA-1")


def test_of_several_words_the_worst_counts() -> None:
    words = [Word("A", "low"), Word("B", "high"), Word("C", "not yet assigned")]

    assert choose(words, [], vendor=True) == (Severity.HIGH, "B")


@pytest.mark.parametrize("words", [[], [Word("A", "not yet assigned")], [Word("A", "42")]])
def test_where_nobody_says_it_is_unknown(words: list[Word]) -> None:
    assert choose(words, [], vendor=True) == (Severity.UNKNOWN, NOBODY)


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (10.0, "Critical"),
        (9.0, "Critical"),
        (8.9, "High"),
        (6.9, "Medium"),
        (0.1, "Low"),
        (0.0, "Negligible"),
    ],
)
def test_the_bands_of_cvss_v3(score: float, severity: str) -> None:
    assert choose([], [Vector("3.1", "", score)], vendor=False)[0] == severity


@pytest.mark.parametrize(("score", "severity"), [(10.0, "High"), (6.9, "Medium"), (0.0, "Low")])
def test_the_bands_of_cvss_v2(score: float, severity: str) -> None:
    assert choose([], [Vector("2.0", "", score)], vendor=False)[0] == severity
