"""Images of any number of packages, of which any number are vulnerable, with the advisories that
say so: for benches, and for whoever needs many images that differ.

The packages are made up, and so are the vulnerabilities: no CVE is of the year 1900.
"""

import json
from collections.abc import Mapping

from dev.images.databases import Package
from dev.images.oci import Image, Layer
from dev.images.samples import debian_base

_INSTALLED = "1.0-1"
_FIXED = "1.0-2"
_VECTORS = (
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H",
    "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:L",
)
"""Critical, High, Medium and Low: the advisories take turns."""


def hand_image(*, packages: int, vulnerable: int, label: str = "") -> Image:
    """An image on Debian 11 with `packages` packages; the first `vulnerable` of them are so.

    Images with different labels have different digests, and layers of their own.
    """
    if not 0 <= vulnerable <= packages:
        raise ValueError(f"{vulnerable} of {packages} packages cannot be vulnerable")
    installed = tuple(
        Package(name=_name(number), version=_INSTALLED if number <= vulnerable else _FIXED)
        for number in range(1, packages + 1)
    )
    layers = [debian_base(installed)]
    if label:
        layers.append(Layer(files={"etc/hand-label": f"{label}\n".encode()}))
    return Image(layers=layers)


def hand_advisories(vulnerable: int) -> bytes:
    """An advisory for each of the first `vulnerable` packages: OSV records, one a line."""
    records = (_advisory(number) for number in range(1, vulnerable + 1))
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def _advisory(number: int) -> Mapping[str, object]:
    cve = f"CVE-1900-{number:05}"
    events = [{"introduced": "0"}, {"fixed": _FIXED}]
    return {
        "schema_version": "1.7.3",
        "id": f"DEBIAN-{cve}",
        "modified": "2026-11-21T00:00:00Z",
        "upstream": [cve],
        "summary": f"Made up for {_name(number)}",
        "severity": [{"type": "CVSS_V3", "score": _VECTORS[number % len(_VECTORS)]}],
        "affected": [
            {
                "package": {"ecosystem": "Debian:11", "name": _name(number)},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    }


def _name(number: int) -> str:
    return f"hand-{number:05}"
