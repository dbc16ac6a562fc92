"""Values of one type as values of another: what `tostring`, `tolong` and their like do, and what
comparisons do by themselves. What cannot be converted is null; a text is never null but empty.
"""

from collections.abc import Callable

from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import SQL_TYPES, Computed, Property, Value, computed


def text(value: Value) -> str:
    """SQL for the value as a text, empty where it is null."""
    if isinstance(value, Property):
        return f"coalesce({value.use.text(value.path)}, '')"
    match value.type:
        case Type.STRING:
            return value.sql
        case Type.DYNAMIC:
            return f"coalesce({value.sql} ->> '$', '')"
        case Type.DATETIME:
            return f"coalesce(kql_stamp({value.sql}), '')"
        case Type.TIMESPAN:
            return f"coalesce(kql_span_text({value.sql}), '')"
        case _:
            return f"coalesce(CAST({value.sql} AS VARCHAR), '')"


def nullable_text(value: Value) -> str:
    """SQL for the value as a text, NULL where it is null; a text is null where it is empty."""
    if isinstance(value, Property):
        return value.use.text(value.path)
    if value.type is Type.DYNAMIC:
        return f"({value.sql} ->> '$')"
    return f"nullif({text(value)}, '')"


def json(value: Value) -> str:
    """SQL for the value as JSON."""
    if isinstance(value, Property):
        return value.use.json(value.path)
    match value.type:
        case Type.DYNAMIC:
            return value.sql
        case Type.DATETIME | Type.TIMESPAN:
            return f"to_json({nullable_text(value)})"
        case _:
            return f"to_json({value.sql})"


def long(value: Value) -> str:
    """SQL for the value as a whole number."""
    match value.type:
        case Type.LONG | Type.TIMESPAN if isinstance(value, Computed):
            return value.sql
        case Type.BOOL if isinstance(value, Computed):
            return f"CAST({value.sql} AS BIGINT)"
        case Type.REAL if isinstance(value, Computed):
            return f"TRY_CAST(trunc({value.sql}) AS BIGINT)"
        case Type.DATETIME if isinstance(value, Computed):
            return f"epoch_us({value.sql})"
        case _:
            return f"kql_long({nullable_text(value)})"


def real(value: Value) -> str:
    """SQL for the value as a number."""
    if isinstance(value, Computed) and value.type is Type.REAL:
        return value.sql
    if isinstance(value, Computed) and value.type in (Type.LONG, Type.BOOL, Type.TIMESPAN):
        return f"CAST({value.sql} AS DOUBLE)"
    return f"TRY_CAST({nullable_text(value)} AS DOUBLE)"


def truth(value: Value) -> str:
    """SQL for the value as true or false."""
    if isinstance(value, Computed) and value.type is Type.BOOL:
        return value.sql
    if isinstance(value, Computed) and value.type in (Type.LONG, Type.REAL):
        return f"({value.sql} <> 0)"
    return f"TRY_CAST({nullable_text(value)} AS BOOLEAN)"


def moment(value: Value) -> str:
    """SQL for the value as a moment."""
    if isinstance(value, Computed) and value.type is Type.DATETIME:
        return value.sql
    return f"kql_moment({nullable_text(value)})"


def span(value: Value) -> str:
    """SQL for the value as a length of time."""
    if isinstance(value, Computed) and value.type in (Type.TIMESPAN, Type.LONG):
        return value.sql
    return f"kql_span({nullable_text(value)})"


_CONVERSIONS: dict[Type, Callable[[Value], str]] = {
    Type.STRING: text,
    Type.LONG: long,
    Type.REAL: real,
    Type.BOOL: truth,
    Type.DATETIME: moment,
    Type.TIMESPAN: span,
    Type.DYNAMIC: json,
}


def converted(value: Value, type_: Type) -> Computed:
    """The value as one of that type."""
    if isinstance(value, Computed) and value.type is type_:
        return value
    return computed(_CONVERSIONS[type_](value), type_)


def null(type_: Type) -> Computed:
    """What a column of that type has where there is nothing."""
    empty = "''" if type_ is Type.STRING else f"CAST(NULL AS {SQL_TYPES[type_]})"
    return computed(empty, type_)


def is_null(value: Value) -> str:
    """SQL for whether there is nothing; a text is never that."""
    if isinstance(value, Computed) and value.type is Type.STRING:
        return "false"
    if isinstance(value, Computed) and value.type is not Type.DYNAMIC:
        return f"({value.sql} IS NULL)"
    return f"({nullable_text(value)} IS NULL)"


def common(*values: Value) -> Type:
    """The type in which values of several types meet."""
    types = {value.type for value in values}
    if len(types) == 1:
        return types.pop()
    if types == {Type.LONG, Type.REAL}:
        return Type.REAL
    return Type.DYNAMIC if Type.DYNAMIC in types else Type.STRING
