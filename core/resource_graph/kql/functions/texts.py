"""Functions of texts. Places in a text count from 0."""

from collections.abc import Mapping

from core.resource_graph.kql import conversions
from core.resource_graph.kql.beginnings import is_of_beginning
from core.resource_graph.kql.functions.given import Function, Given, function, of_texts
from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Computed, Value, computed, id_use

_GROUPS = 9
"""The last group of a regular expression that can be asked for."""


def _joined(given: Given) -> Value:
    return computed(f"({' || '.join(map(conversions.text, given.values))})", Type.STRING)


def _joined_by(given: Given) -> Value:
    listed = ", ".join(map(conversions.text, given.values[1:]))
    return computed(f"array_to_string([{listed}], {given.text(0)})", Type.STRING)


def _joined_items(given: Given) -> Value:
    value = given.values[0]
    items = f"list_transform(kql_items({conversions.json(value)}), lambda one: one ->> '$')"
    if isinstance(value, Computed) and value.elements is not None:
        items = value.elements
    return computed(f"coalesce(array_to_string({items}, {given.text(1)}), '')", Type.STRING)


def _part(given: Given) -> Value:
    count = given.long(2) if len(given) == 3 else "2147483647"
    return computed(f"kql_substring({given.text(0)}, {given.long(1)}, {count})", Type.STRING)


def _split(given: Given) -> Value:
    """The parts, or the one that is asked for, each as a list."""
    parts = f"string_split({given.text(0)}, {given.text(1)})"
    if len(given) == 3:
        at = given.long(2)
        parts = f"list_slice({parts}, {at} + 1, {at} + 1)"
    return Computed(sql=f"to_json({parts})", type=Type.DYNAMIC, elements=parts)


def _extract(given: Given) -> Value:
    group = given.whole(1, "the group of extract()", most=_GROUPS)
    sql = f"regexp_extract({{}}, {given.text(0)}, {group})"
    use = id_use(given.values[2])
    if use is not None and is_of_beginning(given.expressions[0], group):
        return computed(use.derive(sql.format("{id}")), Type.STRING)
    return computed(sql.format(given.text(2)), Type.STRING)


def _extract_all(given: Given) -> Value:
    """All matches of the expression's first group, or of the one that is named."""
    group = 1
    if len(given) == 3:
        group = given.whole(1, "the group of extract_all()", most=_GROUPS)
    sql = f"regexp_extract_all({given.text(len(given) - 1)}, {given.text(0)}, {group})"
    return Computed(sql=f"to_json({sql})", type=Type.DYNAMIC, elements=sql)


def _replaced(given: Given) -> Value:
    arguments = ", ".join(given.text(at) for at in range(3))
    return computed(f"regexp_replace({arguments}, 'g')", Type.STRING)


def _trimmed(pattern: str) -> Function:
    """What stands at the ends of a text and matches an expression goes."""

    def build(given: Given) -> Value:
        sql = f"regexp_replace({given.text(1)}, {pattern.format(given.text(0))}, '', 'g')"
        return computed(sql, Type.STRING)

    return function(build, 2)


def _place(given: Given) -> Value:
    """Where a text stands in another, -1 where it does not."""
    if len(given) == 2:
        return computed(f"(strpos({given.text(0)}, {given.text(1)}) - 1)", Type.LONG)
    rest = f"substring({given.text(0)}, {given.long(2)} + 1)"
    at = f"strpos({rest}, {given.text(1)})"
    return computed(f"CASE WHEN {at} > 0 THEN {at} - 1 + {given.long(2)} ELSE -1 END", Type.LONG)


def _occurrences(given: Given) -> Value:
    regex = len(given) == 3 and given.written(2, "the kind of countof()") == "regex"
    pattern = given.text(1) if regex else f"regexp_escape({given.text(1)})"
    return computed(f"len(regexp_extract_all({given.text(0)}, {pattern}))", Type.LONG)


def _compared(given: Given) -> Value:
    first, second = given.text(0), given.text(1)
    order = f"CASE WHEN {first} < {second} THEN -1 WHEN {first} > {second} THEN 1 ELSE 0 END"
    return computed(order, Type.LONG)


def _has_any_index(given: Given) -> Value:
    """The place of the first text of a list that another has as a term."""
    items = f"kql_items({given.json(1)})"
    has = f"lambda one: kql_has({given.text(0)}, coalesce(one ->> '$', ''))"
    return computed(
        f"coalesce(list_position(list_transform({items}, {has}), true), 0) - 1", Type.LONG
    )


def _version(given: Given) -> Value:
    """A version of up to four numbers as one number that sorts as versions do."""
    parts = f"string_split({given.text(0)}, '.')"
    factors = (10**24, 10**16, 10**8, 1)
    terms = (
        f"coalesce(TRY_CAST({parts}[{at + 1}] AS DOUBLE), 0) * {factor}e0"
        for at, factor in enumerate(factors)
    )
    return computed(f"({' + '.join(terms)})", Type.REAL)


TEXTS: Mapping[str, Function] = {
    "strcat": function(_joined, 1, None),
    "strcat_delim": function(_joined_by, 2, None),
    "strcat_array": function(_joined_items, 2),
    "strlen": of_texts("length({0})", Type.LONG),
    "strrep": function(
        lambda given: computed(
            f"repeat({given.text(0)}, least({given.long(1)}, 1024))", Type.STRING
        ),
        2,
    ),
    "strcmp": function(_compared, 2),
    "substring": function(_part, 2, 3),
    "split": function(_split, 2, 3),
    "extract": function(_extract, 3),
    "extract_all": function(_extract_all, 2, 3),
    "replace": function(_replaced, 3),
    "replace_regex": function(_replaced, 3),
    "replace_string": of_texts("replace({0}, {1}, {2})", least=3),
    "trim": _trimmed("'^(?:' || {0} || ')|(?:' || {0} || ')$'"),
    "trim_start": _trimmed("'^(?:' || {0} || ')'"),
    "trim_end": _trimmed("'(?:' || {0} || ')$'"),
    "tolower": of_texts("lower({0})"),
    "toupper": of_texts("upper({0})"),
    "reverse": of_texts("reverse({0})"),
    "indexof": function(_place, 2, 3),
    "countof": function(_occurrences, 2, 3),
    "has_any_index": function(_has_any_index, 2),
    "parse_version": function(_version),
    "url_decode": of_texts("url_decode({0})"),
    "url_encode": of_texts("url_encode({0})"),
    "hash_sha256": of_texts("sha256({0})"),
    "hash_md5": of_texts("md5({0})"),
    "base64_encode_tostring": of_texts("base64(encode({0}))"),
    "base64_decode_tostring": of_texts("TRY(decode(from_base64({0})))"),
    "isascii": of_texts("regexp_full_match({0}, '[[:ascii:]]*')", Type.BOOL),
}
"""By name."""
