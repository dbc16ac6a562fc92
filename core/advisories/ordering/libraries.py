"""The orders that `univers` and `packaging` know, taken from there: Python's, Maven's and Ruby's.

Measured against what the ecosystems' own tools say, `univers` is right for these once Maven's
`release` means what `ga` and `final` mean. The classes below its own are used, because those strip
a leading `v`, which in Maven is part of the version.
"""

import re

from univers import maven
from univers.gem import GemVersion
from univers.versions import InvalidVersion, PypiVersion

_RELEASE = re.compile(r"(?<![a-z])release(?![a-z])", re.IGNORECASE)


def pypi_key(version: str) -> tuple[object, ...]:
    """The key of a version that PEP 440 allows."""
    try:
        return (PypiVersion(version).value,)
    except InvalidVersion as error:
        raise ValueError("it does not follow PEP 440") from error


def maven_key(version: str) -> tuple[object, ...]:
    """The key of a Maven version, by the rules of Maven's `ComparableVersion`."""
    release = _RELEASE.sub("ga", version)
    return (maven.Version(release),)  # type: ignore[no-untyped-call]  # univers has no annotations


def gem_key(version: str) -> tuple[object, ...]:
    """The key of a gem's version, by the rules of `Gem::Version`."""
    if not GemVersion.is_correct(version):
        raise ValueError("it is not a version of RubyGems")
    return (GemVersion(version),)  # type: ignore[no-untyped-call]  # univers has no annotations
