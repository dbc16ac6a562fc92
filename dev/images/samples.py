"""The demo's images: each is of a kind that a registry holds, and is known to be in some health."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from core.sandbox.agent.built import BASE_NAME
from dev.images.databases import (
    Package,
    apk_installed,
    dist_info,
    dpkg_paragraph,
    dpkg_status,
    os_release,
    parse_table,
)
from dev.images.gobinary import GoProgram, Module, elf
from dev.images.oci import Image, Index, Layer
from dev.images.rpmdb import rpmdb

_PROJECTS: Final = {
    "certifi": "2020.12.5",
    "chardet": "4.0.0",
    "click": "7.1.2",
    "Flask": "1.1.2",
    "idna": "2.10",
    "itsdangerous": "1.1.0",
    "Jinja2": "2.11.2",
    "MarkupSafe": "1.1.1",
    "pip": "20.3.4",
    "py": "1.10.0",
    "PyYAML": "5.3.1",
    "requests": "2.25.1",
    "urllib3": "1.26.4",
    "Werkzeug": "1.0.1",
}

_GO_PROGRAM: Final = GoProgram(
    go="go1.19.5",
    main=Module(path="example.com/harbour/pilot", version="v1.4.0"),
    dependencies=(
        Module(path="github.com/go-chi/chi/v5", version="v5.0.8"),
        Module(path="golang.org/x/crypto", version="v0.5.0"),
        Module(path="golang.org/x/net", version="v0.5.0"),
        Module(path="golang.org/x/text", version="v0.3.7"),
    ),
)


def table(name: str) -> tuple[Package, ...]:
    """The packages of one of the tables beside this module."""
    return parse_table((files(__package__) / "tables" / f"{name}.txt").read_text())


def debian_base(packages: tuple[Package, ...]) -> Layer:
    """A layer with Debian 11.0's names of itself and these packages."""
    return Layer(files={**_debian("11.0"), "var/lib/dpkg/status": dpkg_status(packages)})


def outdated_debian() -> Image:
    """Debian 11.0 as it was released, with Python projects of that time in a layer of their own. It
    says what it was built on, as BuildKit would have it say."""
    return Image(
        layers=[*debian().layers, Layer(files=dist_info(_PROJECTS))],
        labels={BASE_NAME: "docker.io/library/debian:11.0"},
    )


def debian() -> Image:
    """Debian 11.0 as it was released: what `outdated_debian` was built on."""
    return Image(layers=[debian_base(table("debian-11"))])


def alpine() -> Image:
    """Alpine 3.19.0 as it was released, with curl."""
    return Image(layers=[_alpine_base(table("alpine-3.19"))])


def almalinux() -> Image:
    """AlmaLinux 9.0, small: its packages are in RPM's own database."""
    release = {"id": "almalinux", "name": "AlmaLinux", "version_id": "9.0"}
    files = {
        "etc/almalinux-release": b"AlmaLinux release 9.0 (Emerald Puma)\n",
        "etc/os-release": os_release(**release),
        "var/lib/rpm/rpmdb.sqlite": rpmdb(table("almalinux-9")),
    }
    return Image(layers=[Layer(files=files)])


def go_program() -> Image:
    """Nothing but one static program: all that is known is what its linker wrote into it."""
    layer = Layer(files={"pilot": elf(_GO_PROGRAM)}, programs=frozenset({"pilot"}))
    return Image(layers=[layer])


def clean() -> Image:
    """A distroless Debian 11.9, whose four packages hold only data; dpkg itself is not there.

    Its release is one that the demo's advisories know: nothing known is not the same as clean.
    """
    packages = (
        Package(name="base-files", version="11.1+deb11u9"),
        Package(name="media-types", version="4.0.0"),
        Package(name="netbase", version="6.3"),
        Package(name="tzdata", version="2024a-0+deb11u1"),
    )
    status = {
        f"var/lib/dpkg/status.d/{each.name}": dpkg_paragraph(each).encode() for each in packages
    }
    return Image(layers=[Layer(files={**_debian("11.9"), **status})])


def windows() -> Image:
    """An image for Windows, which cannot be scanned."""
    layer = Layer(files={"Files/Windows/System32/version.txt": b"10.0.20348\r\n"})
    return Image(layers=[layer], os="windows", os_version="10.0.20348.2031")


def multi_architecture() -> Index:
    """Alpine for two architectures, of which one was rebuilt with the fixed openssl and busybox."""
    fixed = {"openssl": "3.1.8-r0", "busybox": "1.36.1-r20"}
    packages = table("alpine-3.19")
    rebuilt = tuple(_at(fixed, package) for package in packages)
    return Index(
        images=[
            Image(layers=[_alpine_base(packages)]),
            Image(layers=[_alpine_base(rebuilt, "arm64")], architecture="arm64"),
        ],
        attested=True,
    )


def _debian(version: str) -> Mapping[str, bytes]:
    """How Debian names itself: Trivy reads only the first of these files, Syft only the second."""
    release = {"id": "debian", "name": "Debian GNU/Linux", "version_id": version.partition(".")[0]}
    return {"etc/debian_version": f"{version}\n".encode(), "etc/os-release": os_release(**release)}


def _alpine_base(packages: tuple[Package, ...], architecture: str = "amd64") -> Layer:
    return Layer(
        files={
            "etc/alpine-release": b"3.19.0\n",
            "etc/os-release": os_release(id="alpine", name="Alpine Linux", version_id="3.19.0"),
            "lib/apk/db/installed": apk_installed(packages, architecture),
        }
    )


def _at(versions: Mapping[str, str], package: Package) -> Package:
    """The package as rebuilt from its source at another version, if its source is among them."""
    version = versions.get(package.source or package.name, package.version)
    return Package(name=package.name, version=version, source=package.source)
