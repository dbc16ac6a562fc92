"""What an inventory says of an image: its operating system and its packages."""

from dataclasses import dataclass

from core.inventory.cyclonedx import Vulnerability


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One installed package, as the cataloger saw it."""

    name: str
    """Its name without namespace, normalised as the purl's type asks: `jinja2` for `Jinja2`.

    A Go module's path is namespace, slash and name, with its capitals.
    """
    version: str
    """Installed version, comparable as it stands: a deb's or RPM's epoch in front where it is not
    0, Go's own as `v1.22.1`. Empty where the cataloger could not tell."""
    purl: str
    """The package URL, qualifiers included, as the cataloger wrote it."""
    type: str
    """The purl's type: `deb`, `apk`, `rpm`, `pypi`, `npm`, `golang`, `cargo`, …"""
    namespace: str | None = None
    """The purl's namespace: a distribution (os-release's ID), an npm scope, a Maven group, all but
    the last segment of a Go module's path."""
    distro: str | None = None
    """The purl's `distro` qualifier: `debian-12` (Syft) or `debian-12.15` (Trivy)."""
    source_name: str | None = None
    """The source package it was built from; for a deb or an apk its own name if no other."""
    source_version: str | None = None
    """The source package's version, comparable as it stands; the package's own if no other."""
    epoch: str | None = None
    """The epoch that the purl states apart from the version; `version` has it already."""
    arch: str | None = None
    """Architecture, where the purl has one."""
    module: str | None = None
    """An RPM's module stream, `nodejs:18`, where the cataloger says."""
    layer: str | None = None
    """Digest of the layer that brought it, where the cataloger says. Trivy's is the compressed
    layer's, as in the manifest; Syft knows the uncompressed one's only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingSystem:
    """The distribution that an image is built on."""

    id: str
    """`debian`, `alpine`, `almalinux`, …: os-release's ID."""
    version: str
    """`12.15`, `3.19.1`: os-release's VERSION_ID, or finer where the cataloger knows."""

    def __str__(self) -> str:
        return f"{self.id} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A vulnerability that the cataloger itself found in a package."""

    vulnerability: Vulnerability
    package: Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that was read from one SBOM."""

    tool: str
    """The cataloger, `trivy` or `syft`, as the SBOM names it."""
    tool_version: str
    """Its version."""
    os: OperatingSystem | None
    """The distribution, or `None` for an image without one."""
    packages: tuple[Package, ...]
    """The packages that have a purl, in the SBOM's order, without repetitions."""
    unidentified: int
    """Components that claim to be packages but have no purl, or one that does not parse."""
    brought: tuple[Brought, ...] = ()
    """What the cataloger found by its own means, where it was told to look."""
