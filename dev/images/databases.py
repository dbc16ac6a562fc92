"""What package managers write down of the packages they installed: dpkg, apk and pip.

Sources: deb-control(5) and dpkg's database in /var/lib/dpkg; apk-tools' installed database v2; the
recording of installed projects (PEP 376, PEP 627) with core metadata.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_DPKG_ARCHITECTURE = {"amd64": "amd64", "arm64": "arm64"}
_APK_ARCHITECTURE = {"amd64": "x86_64", "arm64": "aarch64"}

SITE_PACKAGES = "usr/local/lib/python3.9/dist-packages"
"""Where Debian's Python keeps what pip installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An installed package, and what it was built from."""

    name: str
    version: str
    source: str | None = None
    """The source package, where its name is another."""
    source_version: str | None = None
    """The source package's version, where it is another (a rebuild of the same source)."""
    module: str | None = None
    """An RPM's modularity label: `name:stream:version:context`."""


def parse_table(text: str) -> tuple[Package, ...]:
    """Packages from lines of `name version [source [source-version]]`; `#` starts a comment."""
    rows = (line.partition("#")[0].split() for line in text.splitlines())
    return tuple(
        Package(
            name=row[0],
            version=row[1],
            source=row[2] if len(row) > 2 else None,
            source_version=row[3] if len(row) > 3 else None,
        )
        for row in rows
        if row
    )


def dpkg_status(packages: Iterable[Package], architecture: str = "amd64") -> bytes:
    """The content of var/lib/dpkg/status."""
    return "\n".join(dpkg_paragraph(package, architecture) for package in packages).encode()


def dpkg_paragraph(package: Package, architecture: str = "amd64") -> str:
    """One package's paragraph; distroless images keep each in a file of var/lib/dpkg/status.d."""
    source = package.source or package.name
    if package.source_version:
        source += f" ({package.source_version})"
    lines = [
        f"Package: {package.name}",
        "Status: install ok installed",
        "Priority: optional",
        "Section: misc",
        "Installed-Size: 64",
        f"Architecture: {_DPKG_ARCHITECTURE[architecture]}",
        f"Source: {source}" if source != package.name else "",
        f"Version: {package.version}",
        f"Description: {package.name}, as far as a package database goes",
    ]
    return "".join(f"{line}\n" for line in lines if line)


def apk_installed(packages: Iterable[Package], architecture: str = "amd64") -> bytes:
    """The content of lib/apk/db/installed."""
    entries = (
        f"P:{package.name}\n"
        f"V:{package.version}\n"
        f"A:{_APK_ARCHITECTURE[architecture]}\n"
        f"T:{package.name}, as far as a package database goes\n"
        "L:MIT\n"
        f"o:{package.source or package.name}\n"
        for package in packages
    )
    return "\n".join(entries).encode() + b"\n"


def dist_info(projects: Mapping[str, str]) -> Mapping[str, bytes]:
    """The files that pip leaves for projects, by path; `projects` maps names to versions."""
    return {
        f"{SITE_PACKAGES}/{name.replace('-', '_')}-{version}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        ).encode()
        for name, version in projects.items()
    }


def os_release(**fields: str) -> bytes:
    """The content of etc/os-release."""
    return "".join(f'{name.upper()}="{value}"\n' for name, value in fields.items()).encode()
