"""From an SBOM to an inventory: the one way in for what a cataloger found in an image.

Trivy and Syft describe one image in different words. This module and its neighbours read both into
the same values: a package has its canonical name, a version that can be compared as it stands, and
the source package that advisories speak of. What a tool found but could not identify is counted,
so that an image never looks clean because something was left out.
"""

from collections.abc import Mapping

from core.errors import InvalidInventory
from core.inventory import cyclonedx, purls, vulnerabilities
from core.inventory.cyclonedx import Component, InventoryLimits
from core.inventory.packages import Inventory, OperatingSystem, Package
from core.inventory.purls import Purl
from core.inventory.sources import TRIVY, source, with_epoch

_DEFAULT_LIMITS = InventoryLimits()

_PACKAGE_TYPES = frozenset({"library", "framework", "application"})
"""Component types that claim to be packages."""

_GROUP = TRIVY + "Class"
"""Marks a component that stands for a group of packages (a lock file, a Go binary), not for one."""

_WITH_EPOCH = frozenset({"deb", "rpm"})
"""Types whose versions have an epoch."""

_MODULE_LABEL = TRIVY + "Modularitylabel"
"""Where an RPM's module is named. Syft (1.18) leaves it out of CycloneDX."""

_LAYERS = (TRIVY + "LayerDigest", TRIVY + "LayerDiffID", "syft:location:0:layerID")
"""Where the layer is named, best first. Syft knows layers by their uncompressed digest only."""

_USED = frozenset(
    (
        _MODULE_LABEL,
        *_LAYERS,
        *(TRIVY + name for name in ("SrcName", "SrcVersion", "SrcRelease", "SrcEpoch")),
    )
)
"""The properties that are looked at."""

_OS_IDS = {
    "alma": "almalinux",
    "amazon": "amzn",
    "cbl-mariner": "mariner",
    "opensuse.leap": "opensuse-leap",
    "opensuse.tumbleweed": "opensuse-tumbleweed",
    "oracle": "ol",
    "redhat": "rhel",
    "suse linux enterprise server": "sles",
}
"""Trivy's own names of distributions, and what os-release calls them."""


def read(document: bytes, limits: InventoryLimits = _DEFAULT_LIMITS) -> Inventory:
    """The inventory that a CycloneDX JSON document holds.

    Raises `InvalidInventory` if it is no such document, or one beyond the limits.
    """
    decoded = cyclonedx.decode(document, limits)
    packages: dict[_Identity, Package] = {}
    by_ref: dict[str, Package] = {}
    unidentified = 0
    system: OperatingSystem | None = None
    for component in cyclonedx.components(decoded, limits):
        if component.type == "operating-system":
            system = system or _operating_system(component, limits)
        elif component.type in _PACKAGE_TYPES:
            package = _package(component, limits)
            if package is not None:
                by_ref[component.ref] = packages.setdefault(_identity(package), package)
            elif not _is_group(component):
                unidentified += 1
    return Inventory(
        tool=_fitting(decoded.tool.name, limits).lower(),
        tool_version=_fitting(decoded.tool.version, limits),
        os=system,
        packages=tuple(packages.values()),
        unidentified=unidentified,
        brought=tuple(vulnerabilities.brought(decoded.vulnerabilities, by_ref, limits)),
    )


type _Identity = tuple[str, str, str | None, str | None, str | None]


def _identity(package: Package) -> _Identity:
    """What makes two components one package: all but the layer and the path they were found in."""
    return (
        package.purl,
        package.version,
        package.source_name,
        package.source_version,
        package.module,
    )


def _package(component: Component, limits: InventoryLimits) -> Package | None:
    """The package that a component stands for, or `None` if nothing identifies it."""
    purl = purls.parse(_fitting(component.purl, limits))
    if purl is None:
        return None
    properties = {
        stated.name: stated.value
        for stated in component.properties
        if stated.name in _USED and _fitting(stated.value, limits)
    }
    epoch = purl.qualifiers.get("epoch")
    namespace, name = _names(component, purl, limits)
    version = _version(_fitting(component.version, limits) or purl.version or "", purl, epoch)
    built_from = source(purl, version, properties)
    module = _module(purl, properties)
    if not _printable(component.purl, namespace, name, version, *built_from, module):
        return None
    return Package(
        name=name,
        version=version,
        purl=component.purl,
        type=purl.type,
        namespace=namespace,
        distro=purl.qualifiers.get("distro"),
        source_name=built_from.name,
        source_version=built_from.version,
        epoch=epoch,
        arch=purl.qualifiers.get("arch"),
        module=module,
        layer=_first(properties, _LAYERS),
    )


def _printable(*parts: str | None) -> bool:
    """Whether none of these hides a control character: no package is named so."""
    return all(part is None or part.isprintable() for part in parts)


def _names(component: Component, purl: Purl, limits: InventoryLimits) -> tuple[str | None, str]:
    """Namespace and name. An RPM's namespace is its distribution, by os-release's own name.

    A Go module's path is taken from the component: Trivy puts it into the purl in lower case, and
    Syft what follows its third segment into the subpath, while advisories name it as it is.
    """
    if purl.type == "rpm" and purl.namespace:
        return _OS_IDS.get(purl.namespace, purl.namespace), purl.name
    if purl.type != "golang":
        return purl.namespace, purl.name
    parts = (purl.namespace, purl.name, purl.subpath)
    path = "/".join(part for part in parts if part)
    if _fitting(component.name, limits).lower() == path.lower():
        namespace, _, name = component.name.rpartition("/")
        return namespace or None, name
    return purl.namespace, purl.name


def _version(stated: str, purl: Purl, epoch: str | None) -> str:
    """The version as it is compared: with its epoch, and Go's own `go1.22.1` as `v1.22.1`."""
    if purl.type in _WITH_EPOCH:
        return with_epoch(stated, epoch)
    if purl.type == "golang" and stated.startswith("go"):
        return "v" + stated.removeprefix("go")
    return stated


def _module(purl: Purl, properties: Mapping[str, str]) -> str | None:
    """The module stream: name and stream of a label such as `nodejs:18:80900…:a75119d5`."""
    label = properties.get(_MODULE_LABEL) or purl.qualifiers.get("modularitylabel")
    return ":".join(label.split(":")[:2]) if label else None


def _first(properties: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The value of the first of these properties that has one, which nobody has to obey."""
    for name in names:
        if (value := properties.get(name)) and value.isprintable():
            return value
    return None


def _operating_system(component: Component, limits: InventoryLimits) -> OperatingSystem | None:
    """The distribution, by os-release's own names; `None` where Trivy says that there is none."""
    name = _fitting(component.name, limits).lower()
    if name in ("", "none"):
        return None
    return OperatingSystem(id=_OS_IDS.get(name, name), version=_fitting(component.version, limits))


def _is_group(component: Component) -> bool:
    return any(stated.name == _GROUP for stated in component.properties)


def _fitting(text: str, limits: InventoryLimits) -> str:
    """The text, if it is not longer than any honest one is."""
    if len(text) > limits.text:
        raise InvalidInventory(
            f"The SBOM has a text of {len(text):,} characters, {text[:40]!r}…;"
            f" at most {limits.text:,} are read."
        )
    return text
