"""How bad a vulnerability is: what was said, and which word is chosen.

The rule: for a distribution's package its vendor's word, because the vendor knows how it is built
and used there; then the band of the newest CVSS version that has a vector, of its highest score;
then what the record says. Nothing that was said is dropped: findings carry every source's value.

Source: the qualitative rating scales of the CVSS v3.1 and v4.0 specifications, and NVD's for v2.
"""

from collections.abc import Iterable
from functools import lru_cache

from cvss import CVSS2, CVSS3, CVSS4  # type: ignore[import-untyped]  # cvss has no annotations
from cvss.exceptions import CVSSError  # type: ignore[import-untyped]  # nor here

from core.advisories.layout import Vector, Word
from core.domain.values import Severity

_WORDS = {
    "critical": Severity.CRITICAL,
    "malicious": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "negligible": Severity.NEGLIGIBLE,
    "unimportant": Severity.NEGLIGIBLE,
    "info": Severity.NEGLIGIBLE,
    "none": Severity.NEGLIGIBLE,
    "bug-fix": Severity.NEGLIGIBLE,
    "enhancement": Severity.NEGLIGIBLE,
}
"""The words that databases use; `not yet assigned` and the like say nothing."""

_BANDS = (
    (9.0, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.1, Severity.LOW),
    (0.0, Severity.NEGLIGIBLE),
)

_BANDS_V2 = ((7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.0, Severity.LOW))

NOBODY = "nobody"
"""The source of `Unknown`: nobody says how bad it is."""

_MAX_VECTOR = 512


@lru_cache(maxsize=20_000)
def vector(text: str) -> Vector | None:
    """The vector with its base score, or `None` if it is no CVSS vector."""
    if len(text) > _MAX_VECTOR:
        return None
    try:
        if text.startswith("CVSS:4"):
            return Vector("4.0", text, float(CVSS4(text).base_score))
        if text.startswith("CVSS:3"):
            three = CVSS3(text)
            return Vector(f"3.{three.minor_version}", text, float(three.base_score))
        return Vector("2.0", text, float(CVSS2(text).base_score))
    except CVSSError:
        return None


def choose(
    words: Iterable[Word], vectors: Iterable[Vector], *, vendor: bool
) -> tuple[Severity, str]:
    """The severity and the source that was taken at its word.

    `vendor` says that the words are those of the distribution that built the package. Of several
    words, the worst counts.
    """
    said = _worst(words)
    if said is not None and vendor:
        return said
    best = max(vectors, key=lambda vector: (vector.version, vector.score), default=None)
    if best is not None:
        return band(best), f"CVSS v{best.version}"
    return said or (Severity.UNKNOWN, NOBODY)


def band(vector: Vector) -> Severity:
    """The severity that a score stands for."""
    bands = _BANDS_V2 if vector.version == "2.0" else _BANDS
    return next(severity for least, severity in bands if vector.score >= least)


def _worst(words: Iterable[Word]) -> tuple[Severity, str] | None:
    known = [
        (severity, word.source)
        for word in words
        if (severity := _WORDS.get(word.value.lower())) is not None
    ]
    return min(known, key=lambda said: (said[0].rank, said[1]), default=None)
