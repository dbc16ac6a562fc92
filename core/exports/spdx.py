"""SPDX 2.3: the images, what is installed in them, and where to read of its vulnerabilities.

SPDX 2.3 has no vulnerabilities of its own: an advisory is a reference of category SECURITY (annex
K), which says neither how bad it is nor whether a rule disables it. Those that rules disable are
left out, as the reference would claim what somebody has denied.
"""

import uuid
from collections import defaultdict

import msgspec

from core.exports.interface import Export, Form, Inspected, Part, parts_of, ref_of
from core.exports.text import address, image_url, package_url
from core.plain import plain
from core.projections.cells import instant
from core.query.shapes import Json

_DOCUMENT = "SPDXRef-DOCUMENT"


def write(export: Export) -> bytes:
    """The document."""
    when = instant(export.moment)
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{export.name} {when}")
    packages: list[Json] = []
    relations: list[Json] = []
    for inspected in export.images:
        parts, advisories = parts_of(inspected), _advisories(inspected)
        image = _id(ref_of(inspected.image))
        packages.append(_image(inspected, image))
        packages += [_package(part, advisories[part.purl]) for part in parts.values()]
        relations.append(_relation(_DOCUMENT, "DESCRIBES", image))
        relations += [_relation(image, "CONTAINS", _id(part.ref)) for part in parts.values()]
    document: dict[str, Json] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": export.name,
        "documentNamespace": name.urn,
        "creationInfo": {"created": when[:19] + "Z", "creators": ["Tool: pratique"]},
        "packages": packages,
        "relationships": relations,
    }
    return msgspec.json.encode(document)


def _advisories(inspected: Inspected) -> defaultdict[str, dict[str, None]]:
    """Addresses of advisories by package URL, each once, in order."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for one in inspected.findings:
        link = next((url for url in map(address, one.finding.references) if url), None)
        if link is not None and one.rule is None:
            found[one.finding.purl][link] = None
    return found


def _image(inspected: Inspected, name: str) -> Json:
    image = inspected.image
    shown = _described(name, f"{image.registry}/{image.repository}", image.digest)
    checksum: Json = {
        "algorithm": "SHA256",
        "checksumValue": image.digest.removeprefix("sha256:"),
    }
    return {
        **shown,
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [checksum],
        "externalRefs": [_reference("PACKAGE-MANAGER", "purl", image_url(image))],
    }


def _package(part: Part, advisories: dict[str, None]) -> Json:
    references = [_reference("SECURITY", "advisory", link) for link in advisories]
    if (purl := package_url(part.purl)) is not None:
        references.insert(0, _reference("PACKAGE-MANAGER", "purl", purl))
    shown = _described(_id(part.ref), plain(part.name), plain(part.version))
    return {**shown, "externalRefs": references}


def _described(name: str, title: str, version: str) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "SPDXID": name,
        "name": title,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
    }
    return {**shown, "versionInfo": version} if version else shown


def _reference(category: str, kind: str, locator: str) -> Json:
    return {
        "referenceCategory": category,
        "referenceType": kind,
        "referenceLocator": locator,
    }


def _relation(one: str, kind: str, other: str) -> Json:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _id(name: str) -> str:
    return f"SPDXRef-{name}"


SPDX = Form(
    name="spdx",
    media_type="application/spdx+json",
    extension="spdx.json",
    write=write,
    packages=True,
)
