"""RPM's order, as `rpmvercmp` and `rpmVersionCompare` have it.

Source: rpm-version(7) and rpm's own tests. A hyphen begins the release, and a release that is
missing sorts before every other. Neither contains a hyphen, so what has several is no version and
release, and is compared as the one text that it is.
"""

import re

_EPOCH = re.compile(r"([0-9]*):(.+)", re.DOTALL)
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")

_TILDE, _END, _CARET, _LETTERS, _NUMBER = range(-1, 4)
"""What a segment is, in the order in which kinds sort."""

_MARKS = {"~": (_TILDE,), "^": (_CARET,)}


def key(evr: str) -> tuple[object, ...]:
    """The key of `[epoch:]version[-release]`."""
    match = _EPOCH.fullmatch(evr)
    epoch, rest = match.groups() if match else ("", evr)
    if rest.count("-") != 1:
        return (int(epoch or 0), segments(rest), ())
    version, _, release = rest.partition("-")
    return (int(epoch or 0), segments(version), segments(release))


def segments(text: str) -> tuple[tuple[object, ...], ...]:
    """The key of one part: letters and digits count, what separates them does not."""
    found: list[tuple[object, ...]] = [_segment(token) for token in _SEGMENT.findall(text)]
    found.append((_END,))
    return tuple(found)


def _segment(token: str) -> tuple[object, ...]:
    if token in _MARKS:
        return _MARKS[token]
    if token[0].isdigit():
        return (_NUMBER, int(token))
    return (_LETTERS, token)
