"""Functions of dynamic values: arrays, and bags of properties."""

from collections.abc import Mapping

from core.resource_graph.kql import conversions
from core.resource_graph.kql.functions.given import Function, Given, function
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Computed, Value, computed


def dynamic(sql: str) -> Computed:
    """SQL for JSON."""
    return computed(sql, Type.DYNAMIC)


def _bag(given: Given) -> Value:
    if len(given) % 2:
        raise refused(given.place, "a bag is made of names with a value each")
    parts = [
        conversions.json(one) if at % 2 else conversions.text(one)
        for at, one in enumerate(given.values)
    ]
    return dynamic(f"json_object({', '.join(parts)})")


def _array(given: Given) -> Value:
    return dynamic(f"json_array({', '.join(map(conversions.json, given.values))})")


def _length(given: Given) -> Value:
    value = given.values[0]
    if isinstance(value, Computed) and value.elements is not None:
        return computed(f"len({value.elements})", Type.LONG)
    json = conversions.json(value)
    length = f"CAST(json_array_length({json}) AS BIGINT)"
    return computed(f"CASE WHEN json_type({json}) = 'ARRAY' THEN {length} END", Type.LONG)


def _items(given: Given, at: int = 0) -> str:
    return f"kql_items({given.json(at)})"


def _concatenated(given: Given) -> Value:
    lists = ", ".join(_items(given, at) for at in range(len(given)))
    return dynamic(f"to_json(flatten([{lists}]))")


def _slice(given: Given) -> Value:
    """From one place to another, which is part of it; negative ones count from the end."""
    items = _items(given)
    first, last = (
        f"CASE WHEN {given.long(at)} < 0 THEN len({items}) + {given.long(at)} + 1"
        f" ELSE {given.long(at)} + 1 END"
        for at in (1, 2)
    )
    return dynamic(f"to_json(list_slice({items}, {first}, {last}))")


def _position(given: Given) -> Value:
    items = f"list_transform({_items(given)}, lambda one: one ->> '$')"
    return computed(f"coalesce(list_position({items}, {given.text(1)}), 0) - 1", Type.LONG)


def _has_element(given: Given) -> Value:
    items = f"list_transform({_items(given)}, lambda one: one ->> '$')"
    return computed(f"coalesce(list_contains({items}, {given.text(1)}), false)", Type.BOOL)


def _union(given: Given) -> Value:
    lists = ", ".join(_items(given, at) for at in range(len(given)))
    return dynamic(f"to_json(list_distinct(flatten([{lists}])))")


def _intersection(given: Given) -> Value:
    return dynamic(f"to_json(list_intersect({_items(given)}, {_items(given, 1)}))")


def _difference(given: Given) -> Value:
    found = f"list_contains({_items(given, 1)}, one)"
    kept = f"list_filter({_items(given)}, lambda one: NOT {found})"
    return dynamic(f"to_json(list_distinct({kept}))")


def _sorted(order: str) -> Function:
    return function(
        lambda given: dynamic(f"to_json(list_sort({_items(given)}, '{order}', 'NULLS LAST'))")
    )


def _keys(given: Given) -> Value:
    json = given.json(0)
    return dynamic(f"CASE WHEN json_type({json}) = 'OBJECT' THEN to_json(json_keys({json})) END")


def _merged(given: Given) -> Value:
    """Several bags as one; where two have a name, the first one's value counts."""
    bags = ", ".join(given.json(at) for at in reversed(range(len(given))))
    return dynamic(f"kql_bags([{bags}])")


def _has_key(given: Given) -> Value:
    keys = f"json_keys({given.json(0)})"
    return computed(f"coalesce(list_contains({keys}, {given.text(1)}), false)", Type.BOOL)


def _without_keys(given: Given) -> Value:
    gone = f"list_transform({_items(given, 1)}, lambda one: one ->> '$')"
    members = f"kql_entries({given.json(0)})"
    kept = f"list_filter({members}, lambda one: NOT list_contains({gone}, json_keys(one)[1]))"
    return dynamic(f"kql_bags({kept})")


def _repeated(given: Given) -> Value:
    count = f"least(greatest({given.long(1)}, 0), 1024)"
    return dynamic(f"to_json(list_transform(range({count}), lambda one: {given.json(0)}))")


def _range(given: Given) -> Value:
    """Whole numbers from one to another, which is part of it; at most 1024 of them."""
    step = given.long(2) if len(given) == 3 else "1"
    numbers = f"generate_series({given.long(0)}, least({given.long(1)}, {given.long(0)}"
    return dynamic(f"to_json({numbers} + 1023 * ({step})), nullif({step}, 0)))")


def _zipped(given: Given) -> Value:
    first, second = _items(given), _items(given, 1)
    return dynamic(
        f"to_json(list_transform(list_zip({first}, {second}), lambda one: [one[1], one[2]]))"
    )


DYNAMICS: Mapping[str, Function] = {
    "pack": function(_bag, 2, None),
    "bag_pack": function(_bag, 2, None),
    "pack_dictionary": function(_bag, 2, None),
    "pack_array": function(_array, 0, None),
    "array_length": function(_length),
    "arraylength": function(_length),
    "array_concat": function(_concatenated, 1, None),
    "array_slice": function(_slice, 3),
    "array_index_of": function(_position, 2),
    "array_sort_asc": _sorted("ASC"),
    "array_sort_desc": _sorted("DESC"),
    "set_has_element": function(_has_element, 2),
    "set_union": function(_union, 1, None),
    "set_intersect": function(_intersection, 2),
    "set_difference": function(_difference, 2),
    "bag_keys": function(_keys),
    "bag_merge": function(_merged, 1, None),
    "bag_has_key": function(_has_key, 2),
    "bag_remove_keys": function(_without_keys, 2),
    "repeat": function(_repeated, 2),
    "range": function(_range, 2, 3),
    "zip": function(_zipped, 2),
}
"""By name."""
