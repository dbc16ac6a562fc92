"""Whether a record affects a version: slow, plain, and sharing no code with what it checks.

It reads the record as it stands in JSON, follows the OSV specification's evaluation line by line
for each question anew, and takes the order of versions from `univers` directly. It is right where
`univers` is: for well-formed versions of Debian, Alpine, the RPM distributions, Python, Go, npm and
Rust, without the odd ones that `core.advisories.versions` names.
"""

from functools import lru_cache
from typing import TypedDict

from univers import versions


class Range(TypedDict):
    """A range of a record."""

    type: str
    events: list[dict[str, str]]


class Package(TypedDict):
    """A package of a record."""

    ecosystem: str
    name: str


class Affected(TypedDict):
    """An affected entry of a record."""

    package: Package
    ranges: list[Range]
    versions: list[str]


class Contradictory(Exception):
    """The range ends before it begins, or never begins: it says nothing."""


_KINDS: dict[str, type[versions.Version]] = {
    "AlmaLinux": versions.RpmVersion,
    "Alpine": versions.AlpineLinuxVersion,
    "Debian": versions.DebianVersion,
    "Go": versions.GolangVersion,
    "PyPI": versions.PypiVersion,
    "crates.io": versions.SemverVersion,
    "npm": versions.SemverVersion,
}


def affects(entries: list[Affected], ecosystem: str, name: str, version: str) -> bool:
    """Whether one of a record's affected entries affects the package at this version.

    Raises `Contradictory` for a range that says nothing, and `ValueError` for a version that
    `univers` cannot read.
    """
    return any(
        _in_versions(entry, ecosystem, version) or _in_ranges(entry, ecosystem, version)
        for entry in entries
        if entry["package"]["ecosystem"] == ecosystem and entry["package"]["name"] == name
    )


def _in_versions(entry: Affected, ecosystem: str, version: str) -> bool:
    return any(_same(ecosystem, version, each) for each in entry["versions"])


def _in_ranges(entry: Affected, ecosystem: str, version: str) -> bool:
    answers = [
        _in_range(each["events"], ecosystem, version)
        for each in entry["ranges"]
        if each["type"] != "GIT"
    ]
    return any(answers)


def _in_range(events: list[dict[str, str]], ecosystem: str, version: str) -> bool:
    timeline = [each for each in events if "limit" not in each]
    for index in range(1, len(timeline)):
        at = index
        while at and _comes_first(ecosystem, timeline[at], timeline[at - 1]):
            timeline[at - 1], timeline[at] = timeline[at], timeline[at - 1]
            at -= 1
    if not timeline or "introduced" not in timeline[0]:
        raise Contradictory
    if not _before_limits(events, ecosystem, version):
        return False
    vulnerable = False
    for event in timeline:
        if "introduced" in event:
            bound = event["introduced"]
            if bound == "0" or not _less(ecosystem, version, bound):
                vulnerable = True
        elif "fixed" in event:
            if not _less(ecosystem, version, event["fixed"]):
                vulnerable = False
        elif _less(ecosystem, event["last_affected"], version):
            vulnerable = False
    return vulnerable


def _before_limits(events: list[dict[str, str]], ecosystem: str, version: str) -> bool:
    limits = [each["limit"] for each in events if "limit" in each]
    if not limits:
        return True
    return any("*" in limit or _less(ecosystem, version, limit) for limit in limits)


def _comes_first(ecosystem: str, event: dict[str, str], other: dict[str, str]) -> bool:
    if other.get("introduced") == "0":
        return False
    if event.get("introduced") == "0":
        return True
    (one,), (another,) = event.values(), other.values()
    return _less(ecosystem, one, another)


def _less(ecosystem: str, one: str, other: str) -> bool:
    kind = ecosystem.split(":")[0]
    return _version(kind, one) < _version(kind, other)


@lru_cache(maxsize=100_000)
def _version(kind: str, text: str) -> versions.Version:
    return _KINDS[kind](text)


def _same(ecosystem: str, one: str, other: str) -> bool:
    return not _less(ecosystem, one, other) and not _less(ecosystem, other, one)
