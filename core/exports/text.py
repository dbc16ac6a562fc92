"""Text from inside images and advisories, made fit for documents that people and tools open.

Whoever builds an image chooses its packages' names. A control character can move a terminal's
cursor or end a line of a log, a bidirectional override can show a name backwards, an address may
hold a script: none of them says anything about a vulnerability, so none is passed on.
"""

import re
from datetime import datetime

from packageurl import PackageURL

from core.domain.values import ImageName

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]{1,2000}")
_PACKAGE_URL = re.compile(r"pkg:[A-Za-z0-9.+-]+/[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+")
REPLACEMENT = "\ufffd"
"""Stands where something unprintable stood."""


def plain(text: str) -> str:
    """The text on one line, printable from end to end."""
    if text.isprintable():
        return text
    line = " ".join(text.split())
    return "".join(one if one.isprintable() else REPLACEMENT for one in line)


def address(text: str) -> str | None:
    """A web address that may be followed, or `None` for whatever else it is."""
    return text if _ADDRESS.fullmatch(text) else None


def package_url(text: str) -> str | None:
    """A package URL as it may stand in a document, or `None` where it is none."""
    return text if _PACKAGE_URL.fullmatch(text) else None


def moment(text: str | None) -> str | None:
    """A moment as RFC 3339 wants it, or `None` where it is none."""
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read.isoformat() if read.tzinfo else None


def image_url(image: ImageName) -> str:
    """The image's package URL (purl type `oci`)."""
    return PackageURL(
        type="oci",
        name=image.repository.rpartition("/")[2],
        version=image.digest,
        qualifiers={"repository_url": f"{image.registry}/{image.repository}"},
    ).to_string()
