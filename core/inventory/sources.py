"""Which source package a distribution's package was built from, in either tool's words.

Advisories of Debian, Ubuntu, Alpine and the RPM families name source packages: the fix is in
`glibc`, while `libc6` is what is installed. Trivy says so in properties, with the version in
pieces; Syft in the purl's `upstream` qualifier, and only where it differs from the package itself.
Both come out as one name and one version here.
"""

from collections.abc import Mapping
from typing import NamedTuple

from core.inventory.purls import Purl

TRIVY = "aquasecurity:trivy:"
"""Prefix of Trivy's properties."""

_SELF_SOURCED = frozenset({"deb", "apk"})
"""Types whose package is its own source unless something else is said."""

_RPM_SUFFIX = ".src.rpm"


class Source(NamedTuple):
    """A source package: its name and its version, as far as they are known."""

    name: str | None = None
    version: str | None = None


def source(purl: Purl, version: str, properties: Mapping[str, str]) -> Source:
    """The source package of a package at `version`; neither name nor version for a language's."""
    name = properties.get(TRIVY + "SrcName")
    if name:
        return Source(name, _trivy_version(properties) or None)
    upstream = purl.qualifiers.get("upstream")
    if upstream and purl.type == "rpm":
        return _of_source_rpm(upstream, purl.qualifiers.get("epoch"))
    if upstream:
        name, _, stated = upstream.partition("@")
        return Source(name, stated or version)
    if purl.type in _SELF_SOURCED:
        return Source(purl.name, version)
    return Source()


def with_epoch(version: str, epoch: str | None) -> str:
    """The version with its epoch in front, as dpkg and rpm compare it; epoch 0 is left unsaid."""
    version = version.removeprefix("0:")
    if not epoch or epoch == "0" or version.startswith(f"{epoch}:"):
        return version
    return f"{epoch}:{version}"


def _trivy_version(properties: Mapping[str, str]) -> str:
    upstream = properties.get(TRIVY + "SrcVersion", "")
    release = properties.get(TRIVY + "SrcRelease")
    version = f"{upstream}-{release}" if release else upstream
    return with_epoch(version, properties.get(TRIVY + "SrcEpoch"))


def _of_source_rpm(file: str, epoch: str | None) -> Source:
    """Name and version from `nss-3.90.0-3.el9.src.rpm`; its epoch is that of what it builds."""
    parts = file.removesuffix(_RPM_SUFFIX).rsplit("-", 2)
    if len(parts) != 3:
        return Source(parts[0])
    name, version, release = parts
    return Source(name, with_epoch(f"{version}-{release}", epoch))
