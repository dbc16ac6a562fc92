"""Semantic Versioning's order, and that of the ecosystems that bend it a little.

Source: Semantic Versioning 2.0.0, section 11; golang.org/x/mod/semver and the Go project's tags;
pub_semver, where build metadata counts; NuGet, with a fourth number and no case. Like most tools,
`1.2` is read as `1.2.0` and a leading `v` is ignored.
"""

import re

_VERSION = re.compile(
    r"=?[vV]?([0-9]+(?:\.[0-9]+){0,3})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_GO_TAG = re.compile(r"(?:go)?([0-9]+(?:\.[0-9]+){0,2})(alpha|beta|rc)([0-9]+)")

_PRERELEASE, _RELEASE = 0, 1

type _Key = tuple[object, ...]


def key(version: str) -> _Key:
    """The key of a semantic version of up to three numbers; build metadata does not count."""
    numbers, prerelease, _ = _parts(version)
    if len(numbers) > 3:
        raise ValueError("it has more than three numbers")
    return (_trimmed(numbers), prerelease)


def go_key(version: str) -> _Key:
    """The key of a Go module's version or of a Go release (`go1.21rc2`, `go1.22.1 X:loopvar`)."""
    text, _, _ = version.partition(" ")
    tag = _GO_TAG.fullmatch(text)
    if tag is not None:
        return key("{}-{}.{}".format(*tag.groups()))
    return key(text.removeprefix("go"))


def pub_key(version: str) -> _Key:
    """The key of a Dart package's version, where build metadata sorts after its absence."""
    numbers, prerelease, build = _parts(version)
    if len(numbers) > 3:
        raise ValueError("it has more than three numbers")
    return (_trimmed(numbers), prerelease, _identifiers(build) if build else ())


def nuget_key(version: str) -> _Key:
    """The key of a NuGet version: up to four numbers, compared without regard to case."""
    numbers, prerelease, _ = _parts(version.lower())
    return (_trimmed(numbers), prerelease)


def _parts(version: str) -> tuple[list[int], _Key, str | None]:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError("it is not numbers[-prerelease][+build]")
    release, prerelease, build = match.groups()
    numbers = [int(number) for number in release.split(".")]
    if prerelease is None:
        return numbers, (_RELEASE,), build
    return numbers, (_PRERELEASE, *_identifiers(prerelease)), build


def _identifiers(text: str) -> _Key:
    """Numbers sort before words, and in their own order."""
    return tuple((0, int(name)) if name.isdecimal() else (1, name) for name in text.split("."))


def _trimmed(numbers: list[int]) -> _Key:
    """Without zeros at the end, so that `1.2` equals `1.2.0`."""
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
