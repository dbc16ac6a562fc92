"""Real catalogers find in the demo's images what was put there, and our reader passes it on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.inventory import Inventory
from core.sandbox.interface import CatalogerName
from dev.images import samples
from dev.images.databases import Package
from dev.images.hand import hand_image
from dev.images.oci import Image, build_layout
from tests.support.catalogers import inventory


def _installed(table: tuple[Package, ...]) -> set[tuple[str, str, str, str]]:
    """Name and version of each package and of its source."""
    return {
        (
            package.name,
            package.version,
            package.source or package.name,
            package.source_version or package.version,
        )
        for package in table
    }


def _found(found: Inventory, kind: str) -> set[tuple[str, str, str | None, str | None]]:
    return {
        (package.name, package.version, package.source_name, package.source_version)
        for package in found.packages
        if package.type == kind
    }


async def test_all_of_debian_and_of_its_python_projects_is_found() -> None:
    found = await inventory(samples.outdated_debian())
    assert found.os is not None
    assert (found.os.id, found.os.version, found.unidentified) == ("debian", "11.0", 0)
    assert _found(found, "deb") == _installed(samples.table("debian-11"))
    projects = {package.name: package.version for package in found.packages if not package.distro}
    assert len(projects) == 14
    assert projects["jinja2"] == "2.11.2"


async def test_each_package_names_the_layer_that_brought_it() -> None:
    found = await inventory(samples.outdated_debian())
    layers = {package.type: package.layer for package in found.packages}
    assert len(set(layers.values())) == 2
    assert all(layer is not None and layer.startswith("sha256:") for layer in layers.values())


async def test_all_of_alpine_is_found() -> None:
    found = await inventory(samples.alpine())
    assert found.os is not None
    assert (found.os.id, found.os.version) == ("alpine", "3.19.0")
    assert _found(found, "apk") == _installed(samples.table("alpine-3.19"))


async def test_all_of_almalinux_is_found() -> None:
    found = await inventory(samples.almalinux())
    assert found.os is not None
    assert (found.os.id, found.os.version) == ("almalinux", "9.0")
    assert _found(found, "rpm") == _installed(samples.table("almalinux-9"))


async def test_a_go_program_alone_tells_its_modules_and_its_toolchain() -> None:
    found = await inventory(samples.go_program())
    modules = {
        f"{package.namespace}/{package.name}" if package.namespace else package.name: (
            package.version
        )
        for package in found.packages
    }
    assert found.os is None
    assert modules == {
        "example.com/harbour/pilot": "v1.4.0",
        "github.com/go-chi/chi/v5": "v5.0.8",
        "golang.org/x/crypto": "v0.5.0",
        "golang.org/x/net": "v0.5.0",
        "golang.org/x/text": "v0.3.7",
        "stdlib": "v1.19.5",
    }


async def test_a_distroless_image_tells_its_packages_without_a_package_manager() -> None:
    found = await inventory(samples.clean())
    names = {package.name for package in found.packages}
    assert names == {"base-files", "media-types", "netbase", "tzdata"}


async def test_nothing_is_found_in_a_windows_image() -> None:
    found = await inventory(samples.windows())
    assert (found.packages, found.os) == ((), None)


async def test_the_architectures_of_an_index_hold_different_versions() -> None:
    index = samples.multi_architecture()
    versions = [
        {package.name: package.version for package in (await inventory(image)).packages}
        for image in index.images
    ]
    assert [image.architecture for image in index.images] == ["amd64", "arm64"]
    assert [each["libcrypto3"] for each in versions] == ["3.1.4-r2", "3.1.8-r0"]


def _everything() -> Image:
    """Packages of Debian, Python and Go in one image."""
    return Image(layers=[*samples.outdated_debian().layers, *samples.go_program().layers])


@pytest.mark.parametrize("build", [_everything, samples.almalinux])
async def test_both_catalogers_find_the_same(build: Callable[[], Image]) -> None:
    by_trivy = await inventory(build(), CatalogerName.TRIVY)
    by_syft = await inventory(build(), CatalogerName.SYFT)
    assert (by_trivy.tool, by_syft.tool) == ("trivy", "syft")
    assert _identities(by_trivy) == _identities(by_syft)


def _identities(found: Inventory) -> set[tuple[str | None, ...]]:
    return {
        (
            package.type,
            package.namespace,
            package.name,
            package.version,
            package.source_name,
            package.source_version,
        )
        for package in found.packages
    }


async def test_a_hand_made_image_holds_as_many_packages_as_were_asked_for() -> None:
    found = await inventory(hand_image(packages=300, vulnerable=100))
    versions = [package.version for package in found.packages]
    assert (len(versions), versions.count("1.0-1")) == (300, 100)


def test_images_of_different_labels_share_nothing_but_their_packages(tmp_path: Path) -> None:
    first, second = (
        build_layout(tmp_path / label, hand_image(packages=1, vulnerable=0, label=label)).digest
        for label in ("first", "second")
    )
    assert first != second
