"""Packagist's order: PHP's `version_compare`, once a leading `v` is gone.

Source: the PHP manual on `version_compare`, and PHP's own tests of it. Runs of digits and runs of
letters are compared by turns, and a word counts by what it begins with.
"""

import re

_ELEMENT = re.compile(r"[0-9]+|[A-Za-z]+|#")

_WORDS = (
    ("dev", 0),
    ("alpha", 1),
    ("a", 1),
    ("beta", 2),
    ("b", 2),
    ("RC", 3),
    ("rc", 3),
    ("pl", 6),
    ("p", 6),
)
_UNKNOWN, _END, _NUMBER = -1, 4, 5
"""Where words that mean nothing, the end, and numbers sort among the words that do."""


def key(version: str) -> tuple[object, ...]:
    """The key of a version."""
    elements = _ELEMENT.findall(version.removeprefix("v").removeprefix("V"))
    if not elements:
        raise ValueError("it has neither numbers nor words")
    return (*(_element(element) for element in elements), (_END,))


def _element(element: str) -> tuple[int, ...]:
    if element[0].isdigit():
        return (_NUMBER, int(element))
    if element == "#":  # stands for some number
        return (_NUMBER,)
    return (next((place for word, place in _WORDS if element.startswith(word)), _UNKNOWN),)
