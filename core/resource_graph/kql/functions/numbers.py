"""Functions of numbers."""

from collections.abc import Mapping

from core.resource_graph.kql import conversions
from core.resource_graph.kql.functions.given import (
    Function,
    Given,
    function,
    of_numbers,
    together,
)
from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Value, computed


def _kept(sql: str) -> Function:
    """A function that gives a number of the kind that it is given."""

    def build(given: Given) -> Value:
        value = given.values[0]
        type_ = value.type if value.type in (Type.LONG, Type.TIMESPAN) else Type.REAL
        return computed(sql.format(conversions.converted(value, type_).sql), type_)

    return function(build)


def _round(given: Given) -> Value:
    digits = given.long(1) if len(given) == 2 else "0"
    return computed(f"round({given.real(0)}, CAST({digits} AS INTEGER))", Type.REAL)


def bin_of(given: Given) -> Value:
    """A value rounded down to a multiple of another."""
    value, size = given.values
    if value.type is Type.DATETIME or size.type is Type.TIMESPAN:
        if value.type is Type.TIMESPAN:
            sql = f"kql_bin_whole({given.span(0)}, {given.span(1)})"
            return computed(sql, Type.TIMESPAN)
        sql = f"kql_bin_whole(epoch_us({given.moment(0)}), {given.span(1)})"
        return computed(f"make_timestamp({sql})", Type.DATETIME)
    if value.type is size.type is Type.LONG:
        return computed(f"kql_bin_whole({given.long(0)}, {given.long(1)})", Type.LONG)
    return computed(f"kql_bin({given.real(0)}, {given.real(1)})", Type.REAL)


def _floor(given: Given) -> Value:
    """Kusto's `floor` is its `bin`; with one argument it rounds down."""
    if len(given) == 2:
        return bin_of(given)
    return computed(f"floor({given.real(0)})", Type.REAL)


def _extreme(name: str) -> Function:
    def build(given: Given) -> Value:
        values, type_ = together(given.values)
        if type_ in (Type.DYNAMIC, Type.STRING):
            listed = ", ".join(map(conversions.real, given.values))
            return computed(f"{name}({listed})", Type.REAL)
        return computed(f"{name}({', '.join(one.sql for one in values)})", type_)

    return function(build, 2, None)


NUMBERS: Mapping[str, Function] = {
    "abs": _kept("abs({0})"),
    "bin": function(bin_of, 2),
    "floor": function(_floor, 1, 2),
    "round": function(_round, 1, 2),
    "sign": of_numbers("sign({0})"),
    "ceiling": of_numbers("ceil({0})"),
    "sqrt": of_numbers("CASE WHEN {0} >= 0 THEN sqrt({0}) END"),
    "pow": of_numbers("pow({0}, {1})", 2),
    "exp": of_numbers("exp({0})"),
    "log": of_numbers("CASE WHEN {0} > 0 THEN ln({0}) END"),
    "log2": of_numbers("CASE WHEN {0} > 0 THEN log2({0}) END"),
    "log10": of_numbers("CASE WHEN {0} > 0 THEN log10({0}) END"),
    "min_of": _extreme("least"),
    "max_of": _extreme("greatest"),
    "isnan": function(lambda given: computed(f"isnan({given.real(0)})", Type.BOOL)),
    "isinf": function(lambda given: computed(f"isinf({given.real(0)})", Type.BOOL)),
    "isfinite": function(lambda given: computed(f"isfinite({given.real(0)})", Type.BOOL)),
}
"""By name."""
