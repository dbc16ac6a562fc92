"""Trivy and Syft describe one image in different words; both must come out as the same packages."""

import json
from collections.abc import Mapping

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from core.inventory import Inventory, OperatingSystem, Package, read

type Json = Mapping[str, object]

_LAYER = "sha256:" + "a" * 64
_DIFF = "sha256:" + "b" * 64


def _component(name: str, version: str, purl: str, properties: Mapping[str, str]) -> Json:
    return {
        "type": "library",
        "bom-ref": f"{purl}#{name}{len(properties)}",
        "name": name,
        "version": version,
        "purl": purl,
        "properties": [{"name": key, "value": value} for key, value in properties.items()],
    }


def _by_trivy(name: str, version: str, purl: str, **properties: str) -> Json:
    stated = {"LayerDiffID": _DIFF, "LayerDigest": _LAYER, **properties}
    return _component(
        name, version, purl, {f"aquasecurity:trivy:{key}": stated[key] for key in stated}
    )


def _by_syft(name: str, version: str, purl: str, **metadata: str) -> Json:
    stated = {
        "syft:package:type": purl[4:].split("/")[0],
        "syft:location:0:layerID": _DIFF,
        "syft:location:0:path": "/var/lib/a",
        **{f"syft:metadata:{key}": value for key, value in metadata.items()},
    }
    return _component(name, version, purl, stated)


def _trivy_document(*components: Json) -> bytes:
    tool = {"type": "application", "group": "aquasecurity", "name": "trivy", "version": "0.76.0"}
    return _document("1.7", tool, components)


def _syft_document(*components: Json) -> bytes:
    tool = {"type": "application", "author": "anchore", "name": "syft", "version": "1.18.1"}
    return _document("1.6", tool, components)


def _document(version: str, tool: Json, components: tuple[Json, ...]) -> bytes:
    return json.dumps(
        {
            "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": version,
            "serialNumber": "urn:uuid:6a1f1d52-3f0e-4d3c-9b55-0d6a3fb3c1aa",
            "version": 1,
            "metadata": {
                "timestamp": "2026-01-02T03:04:05Z",
                "tools": {"components": [tool]},
                "component": {"type": "container", "bom-ref": "image", "name": "demo/app"},
            },
            "components": list(components),
        }
    ).encode()


_BOTH_VIEWS: Mapping[str, tuple[Json, Json]] = {
    "a source package of another name": (
        _by_trivy(
            "libc6",
            "2.36-9+deb12u1",
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12.1",
            SrcName="glibc",
            SrcVersion="2.36",
            SrcRelease="9+deb12u1",
        ),
        _by_syft(
            "libc6",
            "2.36-9+deb12u1",
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=glibc",
        ),
    ),
    "an epoch, which Trivy's purl keeps apart from the version": (
        _by_trivy(
            "zlib1g",
            "1:1.2.13.dfsg-1",
            "pkg:deb/debian/zlib1g@1.2.13.dfsg-1?arch=amd64&distro=debian-12.1&epoch=1",
            SrcName="zlib",
            SrcVersion="1.2.13.dfsg",
            SrcRelease="1",
            SrcEpoch="1",
        ),
        _by_syft(
            "zlib1g",
            "1:1.2.13.dfsg-1",
            "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream=zlib",
        ),
    ),
    "an epoch that the source package does not have": (
        _by_trivy(
            "bsdutils",
            "1:2.38.1-5+b1",
            "pkg:deb/debian/bsdutils@2.38.1-5%2Bb1?arch=amd64&distro=debian-12.1&epoch=1",
            SrcName="util-linux",
            SrcVersion="2.38.1",
            SrcRelease="5",
        ),
        _by_syft(
            "bsdutils",
            "1:2.38.1-5+b1",
            "pkg:deb/debian/bsdutils@1:2.38.1-5%2Bb1"
            "?arch=amd64&distro=debian-12&upstream=util-linux%402.38.1-5",
        ),
    ),
    "a package that is its own source, in a native version": (
        _by_trivy(
            "adduser",
            "3.134",
            "pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12.1",
            SrcName="adduser",
            SrcVersion="3.134",
        ),
        _by_syft("adduser", "3.134", "pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12"),
    ),
    "Alpine, where the source is called origin": (
        _by_trivy(
            "libcrypto3",
            "3.1.4-r2",
            "pkg:apk/alpine/libcrypto3@3.1.4-r2?arch=x86_64&distro=3.19.0",
            SrcName="openssl",
            SrcVersion="3.1.4-r2",
        ),
        _by_syft(
            "libcrypto3",
            "3.1.4-r2",
            "pkg:apk/alpine/libcrypto3@3.1.4-r2?arch=x86_64&distro=alpine-3.19.0&upstream=openssl",
        ),
    ),
    "a Python package, as its own metadata spells it": (
        _by_trivy("Jinja2", "3.0.3", "pkg:pypi/jinja2@3.0.3"),
        _by_syft("jinja2", "3.0.3", "pkg:pypi/jinja2@3.0.3"),
    ),
    "a scoped npm package": (
        {**_by_trivy("core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"), "group": "@babel"},
        _by_syft("@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
    ),
    "Go's standard library": (
        _by_trivy("stdlib", "v1.19.8", "pkg:golang/stdlib@v1.19.8"),
        _by_syft("stdlib", "go1.19.8", "pkg:golang/stdlib@1.19.8"),
    ),
    "a Go module with capitals and a long path": (
        _by_trivy(
            "github.com/Masterminds/sprig/v3",
            "v3.2.2",
            "pkg:golang/github.com/masterminds/sprig/v3@v3.2.2",
        ),
        _by_syft(
            "github.com/Masterminds/sprig/v3",
            "v3.2.2",
            "pkg:golang/github.com/Masterminds/sprig@v3.2.2#v3",
        ),
    ),
}


def _identities(inventory: Inventory) -> set[tuple[str | None, ...]]:
    return {
        (package.type, package.name, package.version, package.source_name, package.source_version)
        for package in inventory.packages
    }


@pytest.mark.parametrize("case", _BOTH_VIEWS)
def test_both_tools_views_give_the_same_package(case: str) -> None:
    by_trivy, by_syft = _BOTH_VIEWS[case]
    trivy, syft = read(_trivy_document(by_trivy)), read(_syft_document(by_syft))
    assert len(trivy.packages) == 1
    assert _identities(trivy) == _identities(syft)
    assert trivy.packages[0].namespace == syft.packages[0].namespace


def test_the_samples_are_valid_cyclonedx() -> None:
    trivy = _trivy_document(*(by_trivy for by_trivy, _ in _BOTH_VIEWS.values()))
    syft = _syft_document(*(by_syft for _, by_syft in _BOTH_VIEWS.values()))
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(trivy.decode()) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(syft.decode()) is None


def test_a_debian_package_is_read_whole() -> None:
    by_trivy, _ = _BOTH_VIEWS["an epoch, which Trivy's purl keeps apart from the version"]
    assert read(_trivy_document(by_trivy)).packages == (
        Package(
            name="zlib1g",
            version="1:1.2.13.dfsg-1",
            purl="pkg:deb/debian/zlib1g@1.2.13.dfsg-1?arch=amd64&distro=debian-12.1&epoch=1",
            type="deb",
            namespace="debian",
            distro="debian-12.1",
            source_name="zlib",
            source_version="1:1.2.13.dfsg-1",
            epoch="1",
            arch="amd64",
            layer=_LAYER,
        ),
    )


_NODEJS_BY_TRIVY = _by_trivy(
    "nodejs",
    "1:18.19.1-1.module_el9",
    "pkg:rpm/alma/nodejs@18.19.1-1.module_el9?arch=x86_64&distro=alma-9.3&epoch=1"
    "&modularitylabel=nodejs:18:9030020240301111035:rhel9",
    SrcName="nodejs",
    SrcVersion="18.19.1",
    SrcRelease="1.module_el9",
    SrcEpoch="1",
    Modularitylabel="nodejs:18:9030020240301111035:rhel9",
)
_NODEJS_BY_SYFT = _by_syft(
    "nodejs",
    "1:18.19.1-1.module_el9",
    "pkg:rpm/almalinux/nodejs@18.19.1-1.module_el9?arch=x86_64&distro=almalinux-9.3"
    "&epoch=1&upstream=nodejs-18.19.1-1.module_el9.src.rpm",
)


def test_an_rpm_has_its_epoch_its_source_and_its_distribution_from_both_tools() -> None:
    trivy = read(_trivy_document(_NODEJS_BY_TRIVY)).packages[0]
    syft = read(_syft_document(_NODEJS_BY_SYFT)).packages[0]
    for package in (trivy, syft):
        assert package.version == "1:18.19.1-1.module_el9"
        assert (package.source_name, package.source_version) == ("nodejs", package.version)
        assert (package.namespace, package.epoch, package.arch) == ("almalinux", "1", "x86_64")


def test_the_module_of_an_rpm_is_known_from_trivy_alone() -> None:
    assert read(_trivy_document(_NODEJS_BY_TRIVY)).packages[0].module == "nodejs:18"
    assert read(_syft_document(_NODEJS_BY_SYFT)).packages[0].module is None


def test_an_rpm_of_epoch_zero_has_the_same_version_from_both_tools() -> None:
    trivy = _by_trivy(
        "bash",
        "5.1.8-6.el9",
        "pkg:rpm/alma/bash@5.1.8-6.el9?arch=x86_64&distro=alma-9.3",
        SrcName="bash",
        SrcVersion="5.1.8",
        SrcRelease="6.el9",
    )
    syft = _by_syft(
        "bash",
        "0:5.1.8-6.el9",
        "pkg:rpm/almalinux/bash@5.1.8-6.el9?arch=x86_64&distro=almalinux-9.3&epoch=0"
        "&upstream=bash-5.1.8-6.el9.src.rpm",
    )
    assert _identities(read(_trivy_document(trivy))) == _identities(read(_syft_document(syft)))


@pytest.mark.parametrize("upstream", ["odd.src.rpm", "%40", "a%40", "-"])
def test_an_odd_upstream_does_not_stop_the_reading(upstream: str) -> None:
    for kind in ("rpm/almalinux", "deb/debian"):
        purl = f"pkg:{kind}/a@1?upstream={upstream}"
        assert len(read(_syft_document(_by_syft("a", "1", purl))).packages) == 1


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        (("debian", "12.5"), OperatingSystem(id="debian", version="12.5")),
        (("alpine", "3.19.1"), OperatingSystem(id="alpine", version="3.19.1")),
        (("alma", "9.3"), OperatingSystem(id="almalinux", version="9.3")),
        (("redhat", "9.4"), OperatingSystem(id="rhel", version="9.4")),
        (("none", ""), None),
    ],
)
def test_the_distribution_goes_by_the_name_it_gives_itself(
    stated: tuple[str, str], found: OperatingSystem | None
) -> None:
    name, version = stated
    system = {"type": "operating-system", "name": name, "version": version}
    assert read(_trivy_document(system)).os == found


def test_an_image_without_packages_has_an_empty_inventory() -> None:
    document = json.loads(_syft_document())
    del document["components"]
    inventory = read(json.dumps(document).encode())
    assert inventory == Inventory(
        tool="syft", tool_version="1.18.1", os=None, packages=(), unidentified=0
    )


def test_what_cannot_be_identified_is_counted() -> None:
    inventory = read(
        _trivy_document(
            {"type": "library", "name": "lib26", "version": "1.26-1"},
            {"type": "application", "name": "app"},
            _by_trivy("spaced out", "1", "not a purl"),
            _by_trivy("hidden", "1", "pkg:pypi/hid%00den@1"),
            _by_trivy("hidden", "1\u001b[31m", "pkg:pypi/hidden"),
            _by_trivy("requests", "2.25.1", "pkg:pypi/requests@2.25.1"),
        )
    )
    assert (len(inventory.packages), inventory.unidentified) == (1, 5)


def test_files_and_groups_of_packages_are_no_packages() -> None:
    group = {"name": "aquasecurity:trivy:Class", "value": "lang-pkgs"}
    inventory = read(
        _trivy_document(
            {"type": "file", "name": "/usr/bin/app"},
            {"type": "application", "name": "usr/bin/app", "properties": [group]},
        )
    )
    assert (inventory.packages, inventory.unidentified) == ((), 0)


def test_a_package_found_twice_is_one_package_in_the_layer_first_named() -> None:
    first = _by_trivy("requests", "2.25.1", "pkg:pypi/requests@2.25.1", FilePath="a/METADATA")
    again = _by_trivy(
        "requests", "2.25.1", "pkg:pypi/requests@2.25.1", LayerDigest="sha256:" + "c" * 64
    )
    other = _by_trivy("requests", "2.26.0", "pkg:pypi/requests@2.26.0")
    inventory = read(_trivy_document(first, other, again))
    assert [(package.version, package.layer) for package in inventory.packages] == [
        ("2.25.1", _LAYER),
        ("2.26.0", _LAYER),
    ]


def test_syft_names_the_layer_by_its_uncompressed_digest() -> None:
    package = _by_syft("requests", "2.25.1", "pkg:pypi/requests@2.25.1")
    assert read(_syft_document(package)).packages[0].layer == _DIFF


def test_a_version_that_only_the_purl_states_is_taken_from_it() -> None:
    component = {"type": "library", "name": "requests", "purl": "pkg:pypi/requests@2.25.1"}
    assert read(_syft_document(component)).packages[0].version == "2.25.1"


def test_a_package_without_a_version_is_kept() -> None:
    component = {"type": "library", "name": "app", "purl": "pkg:golang/example.com/app"}
    inventory = read(_trivy_document(component))
    assert [(package.name, package.version) for package in inventory.packages] == [("app", "")]


def test_a_go_module_whose_component_is_named_otherwise_goes_by_its_purl() -> None:
    component = _by_syft("text", "v0.3.7", "pkg:golang/golang.org/x/text@v0.3.7#language")
    package = read(_syft_document(component)).packages[0]
    assert (package.namespace, package.name) == ("golang.org/x", "text")
