"""What a compiler would refuse in the templates, or only a deployment would find out."""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

from tests.support.bicep import Bicep, entries, parse, text, walk
from tests.support.bicep_names import names_in, output_types, parameter_types, type_of

ROOT = Path(__file__).parents[3]
INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
MAIN = parse(INFRA / "main.bicep")
MODULES: Mapping[str, Bicep] = {one.name: parse(INFRA / one.kind) for one in MAIN.modules}

TOP_LEVEL = {
    *("name", "location", "tags", "kind", "sku", "identity", "properties", "parent", "scope"),
    *("dependsOn", "zones", "plan", "extendedLocation", "managedBy"),
}
"""What may stand at the top of a resource; anything else belongs into its properties."""


@pytest.fixture(params=FILES, ids=[path.name for path in FILES])
def bicep(request: pytest.FixtureRequest) -> Bicep:
    return parse(Path(request.param))


def test_every_name_that_is_used_is_declared(bicep: Bicep) -> None:
    assert names_in(bicep).unknown == []


def test_every_name_is_declared_once(bicep: Bicep) -> None:
    assert names_in(bicep).twice == []


def test_every_parameter_and_variable_is_used(bicep: Bicep) -> None:
    names = names_in(bicep)
    idle = {
        name
        for name, node in names.declared.items()
        if node.type in ("parameter_declaration", "variable_declaration")
    } - names.used
    assert idle == set()


def test_a_misspelt_name_is_seen(tmp_path: Path) -> None:
    """The checks above are worth what they find."""
    wrong = tmp_path / "wrong.bicep"
    wrong.write_text(
        "param given string\nparam idle string\nvar made = '${givn}-x'\n"
        "output all array = [for (id, i) in made: '${id}${i}${j}']\n"
    )
    names = names_in(parse(wrong))
    assert names.unknown == ["wrong.bicep:3: givn", "wrong.bicep:4: j"]
    assert names.declared.keys() - names.used == {"given", "idle"}


def test_a_module_is_given_values_of_the_types_that_it_declares() -> None:
    checked = 0
    for module in MAIN.modules:
        wanted = parameter_types(MODULES[module.name])
        for name, value in entries(entries(module.body)["params"]).items():
            given = type_of(value, MAIN, MODULES)
            assert given in (None, wanted[name]), f"{module.name}.{name} is {given}"
            checked += given is not None
    assert checked > 50


def test_outputs_are_of_the_types_that_they_say() -> None:
    for node in walk(MAIN.root):
        if node.type == "output_declaration":
            said = text(node.named_children[1])
            given = type_of(node.named_children[-1], MAIN, MODULES)
            assert given in (None, said), text(node)
    assert set(output_types(MAIN).values()) == {"string", "array"}


def test_modules_are_deployed_to_the_scope_that_they_are_written_for() -> None:
    for module in MAIN.modules:
        scope = text(entries(module.body)["scope"])
        target = re.search(r"^targetScope = '(\w+)'", MODULES[module.name].path.read_text(), re.M)
        of_subscription = target is not None and target[1] == "subscription"
        assert scope.startswith("subscription(") is of_subscription, module.name


def test_no_module_waits_for_itself() -> None:
    waits = {
        module.name: {
            text(node)
            for node in walk(module.body)
            if node.type == "identifier" and text(node) in MODULES
        }
        for module in MAIN.modules
    }
    keys = {name: used - {name} for name, used in waits.items()}
    order = list(TopologicalSorter(keys).static_order())
    assert order.index("identity") < order.index("app") < order.index("connecting")


def test_what_is_made_and_how_often_is_known_before_anything_is(bicep: Bicep) -> None:
    """Conditions, loops and names may not rest on what another resource will turn out to be."""
    early = [
        *(node.named_children[0] for node in walk(bicep.root) if node.type == "if_statement"),
        *(node.named_children[1] for node in walk(bicep.root) if node.type == "for_statement"),
        *(
            entries(one.body)["name"]
            for one in chain(bicep.resources, bicep.modules)
            if "name" in entries(one.body)
        ),
    ]
    for node in early:
        assert not re.search(r"\.outputs\.|\.properties\.", text(node)), text(node)


def test_nothing_stands_beside_the_properties_that_belongs_into_them(bicep: Bicep) -> None:
    for one in bicep.resources:
        here = {name for name in entries(one.body) if not name.startswith("resource ")}
        assert here <= TOP_LEVEL, one.kind


def test_a_kind_of_resource_is_asked_for_in_one_version() -> None:
    versions: dict[str, set[str]] = {}
    for one in chain.from_iterable(parse(path).resources for path in FILES):
        kind, _, version = one.kind.partition("@")
        if version:
            versions.setdefault(kind, set()).add(version)
    assert {kind: found for kind, found in versions.items() if len(found) > 1} == {}
    assert len(versions) > 20
