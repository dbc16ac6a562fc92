"""Functions that choose between values, test them, and convert them."""

from collections.abc import Mapping

from core.resource_graph.kql import conversions
from core.resource_graph.kql.functions.given import Function, Given, function, together
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Computed, Property, Value, computed


def _iff(given: Given) -> Value:
    (yes, no), type_ = together(given.values[1:])
    sql = f"CASE WHEN {given.condition(0)} THEN {yes.sql} ELSE {no.sql} END"
    return computed(sql, type_)


def _case(given: Given) -> Value:
    if len(given) % 2 == 0:
        raise refused(given.place, "case() takes conditions with a value each, and a last value")
    results, type_ = together([*given.values[1:-1:2], given.values[-1]])
    whens = " ".join(
        f"WHEN {given.condition(2 * at)} THEN {one.sql}" for at, one in enumerate(results[:-1])
    )
    return computed(f"CASE {whens} ELSE {results[-1].sql} END", type_)


def _coalesce(given: Given) -> Value:
    """The first value that is there; of texts the first that is not empty."""
    type_ = conversions.common(*given.values)
    if type_ is Type.STRING:
        listed = ", ".join(f"nullif({conversions.text(one)}, '')" for one in given.values)
        return computed(f"coalesce({listed}, '')", type_)
    if type_ is Type.DYNAMIC:
        whens = " ".join(
            f"WHEN NOT {_is_empty_or_null(one)} THEN {conversions.json(one)}"
            for one in given.values
        )
        return computed(f"CASE {whens} END", type_)
    listed = ", ".join(conversions.converted(one, type_).sql for one in given.values)
    return computed(f"coalesce({listed})", type_)


def _is_empty_or_null(value: Value) -> str:
    if isinstance(value, Computed) and value.type is Type.STRING:
        return f"({value.sql} = '')"
    return conversions.is_null(value)


def is_empty(value: Value) -> str:
    """SQL for whether a value is null or an empty text."""
    return f"({conversions.text(value)} = '')"


def _converting(type_: Type) -> Function:
    return function(lambda given: conversions.converted(given.values[0], type_))


def _dynamic(given: Given) -> Value:
    """A text as the JSON that it is; what is dynamic already stays what it is."""
    value = given.values[0]
    if isinstance(value, Property) or value.type is Type.DYNAMIC:
        return value
    if value.type is Type.STRING:
        parsed = f"coalesce(TRY_CAST({value.sql} AS JSON), to_json({value.sql}))"
        return computed(f"CASE WHEN {value.sql} <> '' THEN {parsed} END", Type.DYNAMIC)
    return conversions.converted(value, Type.DYNAMIC)


def _type_of(given: Given) -> Value:
    value = given.values[0]
    if value.type is not Type.DYNAMIC:
        return computed(given.bound.text(value.type), Type.STRING)
    sql = f"""CASE coalesce(json_type({conversions.json(value)}), 'NULL')
        WHEN 'ARRAY' THEN 'array' WHEN 'OBJECT' THEN 'dictionary' WHEN 'VARCHAR' THEN 'string'
        WHEN 'BOOLEAN' THEN 'bool' WHEN 'DOUBLE' THEN 'double' WHEN 'NULL' THEN 'null'
        ELSE 'long' END"""
    return computed(sql, Type.STRING)


def _guid(given: Given) -> Value:
    parsed = f"TRY_CAST({conversions.nullable_text(given.values[0])} AS UUID)"
    return computed(f"coalesce(CAST({parsed} AS VARCHAR), '')", Type.STRING)


def _not(given: Given) -> Value:
    return computed(f"(NOT {given.condition(0)})", Type.BOOL)


_EMPTY = function(lambda given: computed(is_empty(given.values[0]), Type.BOOL))
_NOT_EMPTY = function(lambda given: computed(f"(NOT {is_empty(given.values[0])})", Type.BOOL))
_NULL = function(lambda given: computed(conversions.is_null(given.values[0]), Type.BOOL))
_NOT_NULL = function(
    lambda given: computed(f"(NOT {conversions.is_null(given.values[0])})", Type.BOOL)
)

CHOICES: Mapping[str, Function] = {
    "iff": function(_iff, 3),
    "iif": function(_iff, 3),
    "case": function(_case, 3, None),
    "coalesce": function(_coalesce, 1, None),
    "not": function(_not),
    "isempty": _EMPTY,
    "isnotempty": _NOT_EMPTY,
    "notempty": _NOT_EMPTY,
    "isnull": _NULL,
    "isnotnull": _NOT_NULL,
    "notnull": _NOT_NULL,
    "tostring": _converting(Type.STRING),
    "toint": _converting(Type.LONG),
    "tolong": _converting(Type.LONG),
    "todouble": _converting(Type.REAL),
    "toreal": _converting(Type.REAL),
    "todecimal": _converting(Type.REAL),
    "tobool": _converting(Type.BOOL),
    "toboolean": _converting(Type.BOOL),
    "todatetime": _converting(Type.DATETIME),
    "datetime": _converting(Type.DATETIME),
    "totimespan": _converting(Type.TIMESPAN),
    "todynamic": function(_dynamic),
    "parse_json": function(_dynamic),
    "parsejson": function(_dynamic),
    "toobject": function(_dynamic),
    "toguid": function(_guid),
    "gettype": function(_type_of),
}
"""By name."""
