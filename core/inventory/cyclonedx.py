"""The part of a CycloneDX document that matters here, decoded with types and within limits.

Only the fields that are used are decoded: the decoder skips licences, hashes, dependencies and
whatever else a tool adds, without building it. Field names follow the CycloneDX 1.4 to 1.7 JSON
schemas.

The document was made from an untrusted image, so nothing is spent on it before its size is known:
its length and its number of objects are looked at before parsing, and nesting that would exhaust
the stack is stopped by the decoder and refused here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from core.errors import InvalidInventory

SPEC_VERSIONS = ("1.4", "1.5", "1.6", "1.7")
"""What Trivy and Syft have written within their supported releases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryLimits:
    """How large an SBOM may be. Beyond any of these it is refused as a whole, never cut short."""

    bytes: int = 64 * 1024 * 1024
    """Length of the document."""
    objects: int = 1_000_000
    """JSON objects in it (Trivy needs about 20 a package, Syft 30); braces in text count too."""
    components: int = 100_000
    """Components, nested ones included."""
    vulnerabilities: int = 200_000
    """What the tool found by itself."""
    depth: int = 10
    """Components within components; both tools write a flat list."""
    text: int = 4_096
    """Characters of a name, a version, a purl, or a property that is used."""


class Property(msgspec.Struct, frozen=True, gc=False):
    """A name and a value that a tool adds to a component."""

    name: str = ""
    value: str = ""


class Component(msgspec.Struct, frozen=True):
    """A package, an operating system, a file, or a grouping of packages."""

    type: str
    name: str
    ref: str = msgspec.field(name="bom-ref", default="")
    """What other parts of the document call it."""
    version: str = ""
    purl: str = ""
    properties: tuple[Property, ...] = ()
    components: "tuple[Component, ...]" = ()


class Tool(msgspec.Struct, frozen=True):
    """What made the document."""

    name: str = ""
    version: str = ""


class ToolSet(msgspec.Struct, frozen=True):
    """The form of `metadata.tools` since CycloneDX 1.5."""

    components: tuple[Tool, ...] = ()


class Metadata(msgspec.Struct, frozen=True):
    """What the document says of itself."""

    tools: ToolSet | tuple[Tool, ...] = ()


class Named(msgspec.Struct, frozen=True, gc=False):
    """A source, an advisory, or another name of a vulnerability."""

    name: str = ""
    id: str = ""
    url: str = ""


class Rating(msgspec.Struct, frozen=True):
    """How bad somebody says that it is."""

    source: Named = Named()
    severity: str = ""
    vector: str = ""


class Analysis(msgspec.Struct, frozen=True):
    """What became of looking into it."""

    state: str = ""


class Affects(msgspec.Struct, frozen=True):
    """A component that has it."""

    ref: str


class Vulnerability(msgspec.Struct, frozen=True):
    """What the tool that wrote the document found by its own means."""

    id: str
    source: Named = Named()
    references: tuple[Named, ...] = ()
    ratings: tuple[Rating, ...] = ()
    description: str = ""
    recommendation: str = ""
    advisories: tuple[Named, ...] = ()
    published: str | None = None
    updated: str | None = None
    analysis: Analysis = Analysis()
    affects: tuple[Affects, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Its own id, and what else it is called."""
        return frozenset((self.id, *(each.id for each in self.references if each.id)))


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """A CycloneDX document."""

    bom_format: str
    spec_version: str
    metadata: Metadata = Metadata()
    components: tuple[Component, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()

    @property
    def tool(self) -> Tool:
        """The first tool it names; a nameless one where it names none."""
        tools = self.metadata.tools
        named = tools.components if isinstance(tools, ToolSet) else tools
        return named[0] if named else Tool()


_DECODER = msgspec.json.Decoder(Document)


def decode(document: bytes, limits: InventoryLimits) -> Document:
    """The document's typed form.

    Raises `InvalidInventory` for what is not CycloneDX JSON 1.4 to 1.7, or is beyond the limits.
    """
    _check_size(document, limits)
    try:
        decoded = _DECODER.decode(document)
    except RecursionError as error:
        raise InvalidInventory("The SBOM is nested too deeply to be read.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInventory(f"The SBOM is not CycloneDX JSON: {error}") from error
    if decoded.bom_format != "CycloneDX":
        raise InvalidInventory(
            f"The SBOM's bomFormat is {_shown(decoded.bom_format)}; only CycloneDX is read."
        )
    if decoded.spec_version not in SPEC_VERSIONS:
        raise InvalidInventory(
            f"The SBOM's specVersion is {_shown(decoded.spec_version)};"
            f" {SPEC_VERSIONS[0]} to {SPEC_VERSIONS[-1]} are read."
        )
    return decoded


def components(document: Document, limits: InventoryLimits) -> Iterator[Component]:
    """Every component, each before those nested in it, in the document's order.

    Raises `InvalidInventory` as soon as there are too many, or one is nested too deeply.
    """
    seen = 0
    open_levels = [iter(document.components)]
    while open_levels:
        component = next(open_levels[-1], None)
        if component is None:
            open_levels.pop()
            continue
        seen += 1
        if seen > limits.components:
            raise InvalidInventory(f"The SBOM has more than {limits.components:,} components.")
        if len(open_levels) > limits.depth:
            raise InvalidInventory(
                f"The SBOM has components nested more than {limits.depth} levels deep."
            )
        yield component
        if component.components:
            open_levels.append(iter(component.components))


def _check_size(document: bytes, limits: InventoryLimits) -> None:
    """Refuse what is too large while it is still only bytes."""
    if len(document) > limits.bytes:
        raise InvalidInventory(
            f"The SBOM has {len(document):,} bytes; at most {limits.bytes:,} are read."
        )
    objects = document.count(b"{")
    if objects > limits.objects:
        raise InvalidInventory(
            f"The SBOM has about {objects:,} JSON objects; at most {limits.objects:,} are read."
        )


def _shown(text: str) -> str:
    """Untrusted text, quoted and cut for a message."""
    return repr(text[:40])
