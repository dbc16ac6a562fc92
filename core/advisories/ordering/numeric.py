"""The order of versions that are nothing but numbers: R's packages and Haskell's.

Source: R's `numeric_version`, where `-` separates as `.` does; Haskell's Package Versioning Policy.
In both, `1.0` comes before `1.0.0`.
"""

import re

_CRAN = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
_HACKAGE = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def cran_key(version: str) -> tuple[object, ...]:
    """The key of an R package's version."""
    return _numbers(_CRAN, version)


def hackage_key(version: str) -> tuple[object, ...]:
    """The key of a Haskell package's version."""
    return _numbers(_HACKAGE, version)


def _numbers(grammar: re.Pattern[str], version: str) -> tuple[object, ...]:
    if grammar.fullmatch(version) is None:
        raise ValueError("it is not numbers alone")
    return tuple(int(number) for number in version.replace("-", ".").split("."))
