"""Package URLs, parsed.

`packageurl` decides what a purl means. It takes some 30 µs each, though, which for an image of
6,000 packages is longer than all the rest of the reading; nearly every purl of an SBOM needs no
normalising, and those are taken apart by a pattern instead. A property test holds the two ways
equal.

Source: the purl specification, ECMA-427.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from packageurl import PackageURL

_SEGMENT = r"[a-z0-9][a-z0-9.+-]*"
_VALUE = r"[A-Za-z0-9._~:+%-]+"
PLAIN = re.compile(
    r"pkg:(apk|cargo|deb|golang|npm|pypi|rpm)"
    rf"/(?:({_SEGMENT}(?:/{_SEGMENT})*)/)?({_SEGMENT})"
    rf"@({_VALUE})"
    rf"(?:\?([a-z]+={_VALUE}(?:&[a-z]+={_VALUE})*))?"
)
"""Purls with a lowercase name that needs no decoding, a version, and no subpath."""


class Purl(NamedTuple):
    """A package URL's parts, decoded and normalised as its type asks."""

    type: str
    namespace: str | None
    name: str
    version: str | None
    qualifiers: Mapping[str, str]
    subpath: str | None = None


def parse(text: str) -> Purl | None:
    """The purl's parts, or `None` if it is not one."""
    plain = PLAIN.fullmatch(text)
    return _parse_any(text) if plain is None else _parse_plain(plain)


def _parse_plain(match: re.Match[str]) -> Purl:
    kind, namespace, name, version, qualifiers = match.groups()
    pairs = (pair.partition("=") for pair in qualifiers.split("&")) if qualifiers else ()
    return Purl(
        kind,
        namespace,
        name,
        unquote(version),
        {key: unquote(value) for key, _, value in pairs},
    )


def _parse_any(text: str) -> Purl | None:
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    return Purl(
        purl.type,
        purl.namespace or None,
        purl.name,
        purl.version or None,
        purl.qualifiers,
        purl.subpath or None,
    )
