"""Bicep, parsed by its grammar: what a test wants to know of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_LANGUAGE = Language(tree_sitter_bicep.language())


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource or a module."""

    name: str
    kind: str
    """A resource's type and version, a module's path."""
    body: Node
    """The object that says what it is like."""
    existing: bool


@dataclass(frozen=True, slots=True)
class Bicep:
    """One file."""

    path: Path
    root: Node

    @property
    def broken(self) -> list[str]:
        """What the grammar does not know."""
        return [
            f"{self.path.name}:{node.start_point.row + 1}"
            for node in walk(self.root)
            if node.type == "ERROR" or node.is_missing
        ]

    @property
    def parameters(self) -> dict[str, bool]:
        """Names, and whether each must be given."""
        return {
            text(node.named_children[0]): not any(child.type == "=" for child in node.children)
            for node in _of(self.root, "parameter_declaration")
        }

    @property
    def outputs(self) -> set[str]:
        """Names."""
        return {text(node.named_children[0]) for node in _of(self.root, "output_declaration")}

    @property
    def resources(self) -> list[Declared]:
        """Those within others too."""
        return list(_declared(self.root, "resource_declaration"))

    @property
    def modules(self) -> list[Declared]:
        """What the file is made of besides."""
        return list(_declared(self.root, "module_declaration"))


def parse(path: Path) -> Bicep:
    """Read a file."""
    return Bicep(path, Parser(_LANGUAGE).parse(path.read_bytes()).root_node)


def walk(node: Node) -> Iterator[Node]:
    """A node and all within it."""
    yield node
    for child in node.children:
        yield from walk(child)


def text(node: Node) -> str:
    """A node as it is written, without the quotes of a string."""
    return (node.text or b"").decode().strip("'")


def entries(node: Node) -> dict[str, Node]:
    """An object's properties by name."""
    return {
        text(one.named_children[0]): one.named_children[-1]
        for one in node.named_children
        if one.type == "object_property" and one.named_children
    }


def property_of(node: Node, path: str) -> str | None:
    """What stands at that path of an object, as it is written."""
    found: Node | None = node
    for name in path.split("."):
        found = entries(found).get(name) if found is not None else None
    return text(found) if found is not None else None


def _of(root: Node, kind: str) -> Iterator[Node]:
    return (node for node in walk(root) if node.type == kind)


def _declared(root: Node, kind: str) -> Iterator[Declared]:
    for node in _of(root, kind):
        name, described = node.named_children[:2]
        body = next((one for one in walk(node) if one.type == "object"), None)
        assert body is not None, text(node)
        existing = any(text(child) == "existing" for child in node.children)
        yield Declared(text(name), text(described), body, existing)
