"""What a compiler of Bicep would say of names and types, as far as the grammar lets us see them.

No compiler is at hand where these tests run. What is declared, what is used, and of which simple
type it is can be read from the parse tree alone; the rest is left to `az bicep build`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from tests.support.bicep import Bicep, text, walk

FUNCTIONS: Mapping[str, str | None] = {
    "empty": "bool",
    "environment": "object",
    "guid": "string",
    "items": "array",
    "join": "string",
    "last": None,
    "parse_json": None,
    "resourceGroup": "object",
    "resourceId": "string",
    "split": "array",
    "string": "string",
    "subscription": "object",
    "subscriptionResourceId": "string",
    "substring": "string",
    "take": "string",
    "tenant": "object",
    "toLower": "string",
    "union": None,
    "uniqueString": "string",
}
"""Functions of the language, and what each gives where that is always the same."""

DECORATORS = {"allowed", "description", "maxLength", "metadata", "minLength", "secure"}

_SIMPLE = {"string": "string", "number": "int", "boolean": "bool", "object": "object"}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one file."""

    declared: Mapping[str, Node]
    """What each was declared by; loop variables are left out, they live in their loops."""
    twice: list[str]
    used: set[str]
    unknown: list[str]
    """Uses of what is neither declared nor known to the language."""


def names_in(bicep: Bicep) -> Names:
    """Who declares what, and who uses it."""
    found = list(_declarations(bicep.root))
    declared = dict(found)
    uses = list(_uses(bicep.root, frozenset()))
    known = declared.keys() | FUNCTIONS.keys() | DECORATORS
    return Names(
        declared=declared,
        twice=[name for name in declared if [one for one, _ in found].count(name) > 1],
        used={text(node) for node, _ in uses},
        unknown=[
            f"{bicep.path.name}:{node.start_point.row + 1}: {text(node)}"
            for node, local in uses
            if text(node) not in known | local
        ],
    )


def type_of(node: Node, bicep: Bicep, modules: Mapping[str, Bicep]) -> str | None:
    """The type of an expression where it is plain to see: of literals, of what was declared with a
    type, of a module's output; `modules` has the files by their names here."""
    if node.type in _SIMPLE:
        return _SIMPLE[node.type]
    if node.type in ("array", "for_statement"):
        return "array"
    if node.type == "ternary_expression":
        both = {type_of(one, bicep, modules) for one in node.named_children[1:]}
        return both.pop() if len(both) == 1 else None
    if node.type == "call_expression":
        return FUNCTIONS.get(text(node.named_children[0]))
    if node.type == "identifier":
        return _declared_type(text(node), bicep, modules)
    if node.type == "member_expression":
        return _output_type(text(node).split("."), modules)
    return None


def parameter_types(bicep: Bicep) -> dict[str, str]:
    """The types of the file's parameters."""
    return _types(bicep, "parameter_declaration")


def output_types(bicep: Bicep) -> dict[str, str]:
    """The types of the file's outputs."""
    return _types(bicep, "output_declaration")


def _types(bicep: Bicep, kind: str) -> dict[str, str]:
    return {
        text(node.named_children[0]): text(node.named_children[1])
        for node in walk(bicep.root)
        if node.type == kind
    }


def _declared_type(name: str, bicep: Bicep, modules: Mapping[str, Bicep]) -> str | None:
    declared = names_in(bicep).declared.get(name)
    if declared is None:
        return None
    if declared.type == "parameter_declaration":
        return text(declared.named_children[1])
    if declared.type == "variable_declaration":
        return type_of(declared.named_children[-1], bicep, modules)
    return None


def _output_type(path: list[str], modules: Mapping[str, Bicep]) -> str | None:
    match path:
        case [module, "outputs", output] if module in modules:
            return output_types(modules[module]).get(output)
        case _:
            return None


def _declarations(root: Node) -> Iterator[tuple[str, Node]]:
    for node in walk(root):
        if node.is_named and node.type.endswith("_declaration") and node.type[0] != "o":
            yield text(node.named_children[0]), node


def _uses(node: Node, local: frozenset[str]) -> Iterator[tuple[Node, frozenset[str]]]:
    """Every identifier that stands for a value, with the loop variables that it may see."""
    if node.type == "for_statement":
        first = node.named_children[0]
        local |= {text(one) for one in ([first] if first.type == "identifier" else first.children)}
    for number, child in enumerate(node.named_children):
        if child.type == "identifier" and not _is_a_label(node, number):
            yield child, local
        elif child.type not in ("type", "for_loop_parameters"):
            yield from _uses(child, local)


def _is_a_label(parent: Node, number: int) -> bool:
    """Whether the identifier names a property, or what its parent declares."""
    labelled = parent.type in ("object_property", "for_statement")
    return number == 0 and (labelled or parent.type.endswith("_declaration"))
