"""Alpine's order, as apk-tools has it: also that of Wolfi and Chainguard.

Source: apk-tools' `version.c` of its releases 2 (which lets digits follow the letter, as in
`1.8.28p1`, a version that Alpine has published) and 3 (which adds the commit hash). What both
refuse is refused.
"""

import re

_VERSION = re.compile(
    r"([0-9]+)((?:\.[0-9]+)*)(?:([A-Za-z])([0-9]*))?"
    r"((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(~[0-9a-f]+)?(?:-r([0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")

_BEFORE, _END, _REVISION, _HASH, _SUFFIX_NUMBER, _AFTER, _LETTER, _NUMBER = range(8)
"""What may follow, in the order in which it sorts where two versions part."""

_SUFFIXES = {
    name: (_BEFORE, place) for place, name in enumerate(("alpha", "beta", "pre", "rc"))
} | {name: (_AFTER, place) for place, name in enumerate(("cvs", "svn", "git", "hg", "p"))}


def key(version: str) -> tuple[object, ...]:
    """The key of `digits{.digits}{letter}{_suffix}{~hash}{-r#}`."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError("it is not digits{.digits}{letter}{_suffix}{~hash}{-r#}")
    first, more, letter, after_letter, suffixes, commit, revision = match.groups()
    places: list[tuple[object, ...]] = [(_NUMBER, int(first))]
    places += [_number(digits) for digits in more.split(".")[1:]]
    if letter:
        places.append((_LETTER, letter))
    if after_letter:
        places.append((_NUMBER, int(after_letter)))
    for name, number in _SUFFIX.findall(suffixes):
        places.append(_SUFFIXES[name])
        if number:
            places.append((_SUFFIX_NUMBER, int(number)))
    if commit:
        places.append((_HASH, commit))
    if revision:
        places.append((_REVISION, int(revision)))
    places.append((_END,))
    return tuple(places)


def _number(digits: str) -> tuple[object, ...]:
    """A further number: one with a leading zero sorts as a fraction, before those without."""
    if digits[0] == "0":
        return (_NUMBER, 0, digits)
    return (_NUMBER, int(digits))
