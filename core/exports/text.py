"""What stands in documents that people and tools open, of what came from images and advisories.

An address may hold a script, and a moment anything: what is none is not passed on. Names and
sentences go through `core/plain.py`.
"""

import re
from datetime import datetime

from packageurl import PackageURL

from core.domain.values import ImageName

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]{1,2000}")
_PACKAGE_URL = re.compile(r"pkg:[A-Za-z0-9.+-]+/[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+")


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
