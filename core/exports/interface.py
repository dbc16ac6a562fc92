"""What is exported, before anybody says in which form: images as they were inspected.

A form is a function from that to bytes. Names, versions and prose in it come from inside images and
from advisories: each form passes them through `core/exports/text.py` before it writes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.domain.findings import Exploitation, Finding
from core.domain.ids import image_stream
from core.domain.values import ImageName
from core.inventory.packages import Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """A finding, with what is known of it beside the image."""

    finding: Finding
    known: Exploitation
    rule: str | None
    """The rule that disables it, if one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """An image that has findings to tell, be they none."""

    image: ImageName
    tags: tuple[str, ...]
    platform: str | None
    packages: tuple[Package, ...]
    """What is installed; empty for forms that do not ask for it."""
    findings: tuple[Assessed, ...]
    whole: bool
    """Whether every package could be compared: without them, no finding is no clean verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What one document tells."""

    name: str
    """Whom it is about: an image, or what was asked of the fleet."""
    moment: datetime
    """When, or of which moment of the past, in UTC."""
    images: tuple[Inspected, ...]
    first: bool = True
    """Whether no page came before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One of the forms that an export may have."""

    name: str
    """As `format` says it."""
    media_type: str
    """As `Accept` says it, and the answer."""
    extension: str
    write: Callable[[Export], bytes]
    packages: bool = False
    """Whether it lists what is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A package of an image, as an export names it."""

    ref: str
    """What the document calls it: letters, digits, `.` and `-`, unique among its images."""
    name: str
    version: str
    purl: str


def ref_of(image: ImageName) -> str:
    """What a document calls an image: a digest alone may stand in several repositories."""
    return image_stream(image)


def parts_of(inspected: Inspected) -> dict[str, Part]:
    """The packages of an image by package URL: those installed, and those that findings name."""
    named = [(one.purl, one.name, one.version) for one in inspected.packages]
    found = [one.finding for one in inspected.findings]
    named += [(one.purl, one.component, one.version) for one in found]
    parts: dict[str, Part] = {}
    image = ref_of(inspected.image)
    for purl, name, version in named:
        if purl not in parts:
            ref = f"{image}-{len(parts) + 1}"
            parts[purl] = Part(ref=ref, name=name, version=version, purl=purl)
    return parts
