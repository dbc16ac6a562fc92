"""Functions of many rows: what `summarize` makes of a group."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.resource_graph.kql import conversions
from core.resource_graph.kql.functions import FUNCTIONS, call
from core.resource_graph.kql.functions.given import Given
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.scalars import Scalars, calculated, looked_up
from core.resource_graph.kql.syntax import Binary, Call, Expression, Literal, Type
from core.resource_graph.kql.values import Bound, Computed, Value, computed

MAX_ITEMS = 100_000
"""Of a list or set that is made of a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """How an aggregate is built."""

    build: Callable[[Given, str], Computed]
    """From its arguments, and the SQL that says which rows count."""
    least: int = 1
    most: int = 1
    condition: int | None = None
    """Which argument says which rows count, if one does."""


def _filtered(sql: str, condition: str) -> str:
    return f"{sql} FILTER (WHERE {condition})" if condition else sql


def _count(given: Given, condition: str) -> Computed:
    return computed(_filtered("count(*)", condition), Type.LONG)


def _distinct(given: Given, condition: str) -> Computed:
    value = given.values[0]
    sql = value.sql if isinstance(value, Computed) else conversions.nullable_text(value)
    if value.type is Type.DYNAMIC:
        sql = conversions.nullable_text(value)
    return computed(_filtered(f"count(DISTINCT {sql})", condition), Type.LONG)


def _sum(given: Given, condition: str) -> Computed:
    value = given.values[0]
    if value.type in (Type.LONG, Type.TIMESPAN, Type.BOOL):
        total = _filtered(f"sum({given.long(0)})", condition)
        type_ = Type.TIMESPAN if value.type is Type.TIMESPAN else Type.LONG
        return computed(f"CAST(coalesce({total}, 0) AS BIGINT)", type_)
    return computed(f"coalesce({_filtered(f'sum({given.real(0)})', condition)}, 0)", Type.REAL)


def _mean(name: str) -> Callable[[Given, str], Computed]:
    def build(given: Given, condition: str) -> Computed:
        return computed(_filtered(f"{name}({given.real(0)})", condition), Type.REAL)

    return build


def _extreme(name: str) -> Callable[[Given, str], Computed]:
    """The least or the greatest; of what is dynamic, as numbers where they are such."""

    def build(given: Given, condition: str) -> Computed:
        value = given.values[0]
        if value.type is Type.DYNAMIC:
            number = _filtered(f"{name}({given.real(0)})", condition)
            text = _filtered(f"{name}({conversions.nullable_text(value)})", condition)
            return computed(f"coalesce(to_json({number}), to_json({text}))", Type.DYNAMIC)
        sql = _filtered(f"{name}({looked_up(value).sql})", condition)
        empty = f"coalesce({sql}, '')" if value.type is Type.STRING else sql
        return computed(empty, value.type)

    return build


def _any(given: Given, condition: str) -> Computed:
    value = looked_up(given.values[0])
    return computed(_filtered(f"min({_sortable(value)})", condition), value.type)


def _sortable(value: Computed) -> str:
    return f"CAST(CAST({value.sql} AS VARCHAR) AS JSON)" if _is_json(value) else value.sql


def _is_json(value: Computed) -> bool:
    return value.type is Type.DYNAMIC


def _listed(*, distinct: bool) -> Callable[[Given, str], Computed]:
    """A list of the values that are there, in a stable order, cut off where that is asked."""

    def build(given: Given, condition: str) -> Computed:
        json = given.json(0)
        there = f"{json} IS NOT NULL AND json_type({json}) <> 'NULL'"
        wanted = f"{condition} AND {there}" if condition else there
        text = f"CAST({json} AS VARCHAR)"
        word = "DISTINCT " if distinct else ""
        items = f"list({word}{text} ORDER BY {text}) FILTER (WHERE {wanted})"
        most = _most(given)
        cut = f"list_slice(coalesce({items}, []), 1, {most})"
        return computed(f"to_json(CAST({cut} AS JSON[]))", Type.DYNAMIC)

    return build


def _most(given: Given) -> int:
    """How many items are wanted."""
    last = given.expressions[-1]
    if len(given) > 1 and isinstance(last, Literal) and type(last.value) is int:
        return max(0, min(last.value, MAX_ITEMS))
    return MAX_ITEMS


def _bag(given: Given, condition: str) -> Computed:
    json = given.json(0)
    listed = _filtered(f"list({json} ORDER BY CAST({json} AS VARCHAR))", condition)
    return computed(f"kql_bags(coalesce({listed}, []))", Type.DYNAMIC)


def _percentile(given: Given, condition: str) -> Computed:
    percent = given.expressions[1]
    share = percent.value if isinstance(percent, Literal) else None
    if not isinstance(share, int | float) or not 0 <= share <= 100:
        raise refused(given.place, "a percentile is a number from 0 to 100")
    quantile = given.bound.literal(share / 100, Type.REAL)
    sql = f"quantile_cont({given.real(0)}, {quantile})"
    return computed(_filtered(sql, condition), Type.REAL)


_LIST, _SET = _listed(distinct=False), _listed(distinct=True)

AGGREGATES: Mapping[str, Aggregate] = {
    "count": Aggregate(build=_count, least=0),
    "countif": Aggregate(build=_count, condition=0),
    "dcount": Aggregate(build=_distinct, most=2),
    "count_distinct": Aggregate(build=_distinct),
    "dcountif": Aggregate(build=_distinct, least=2, most=3, condition=1),
    "count_distinctif": Aggregate(build=_distinct, least=2, most=2, condition=1),
    "sum": Aggregate(build=_sum),
    "sumif": Aggregate(build=_sum, least=2, most=2, condition=1),
    "avg": Aggregate(build=_mean("avg")),
    "avgif": Aggregate(build=_mean("avg"), least=2, most=2, condition=1),
    "stdev": Aggregate(build=_mean("stddev_samp")),
    "variance": Aggregate(build=_mean("var_samp")),
    "min": Aggregate(build=_extreme("min")),
    "minif": Aggregate(build=_extreme("min"), least=2, most=2, condition=1),
    "max": Aggregate(build=_extreme("max")),
    "maxif": Aggregate(build=_extreme("max"), least=2, most=2, condition=1),
    "any": Aggregate(build=_any),
    "take_any": Aggregate(build=_any),
    "anyif": Aggregate(build=_any, least=2, most=2, condition=1),
    "take_anyif": Aggregate(build=_any, least=2, most=2, condition=1),
    "make_list": Aggregate(build=_LIST, most=2),
    "makelist": Aggregate(build=_LIST, most=2),
    "make_list_if": Aggregate(build=_LIST, least=2, most=3, condition=1),
    "make_set": Aggregate(build=_SET, most=2),
    "makeset": Aggregate(build=_SET, most=2),
    "make_set_if": Aggregate(build=_SET, least=2, most=3, condition=1),
    "make_bag": Aggregate(build=_bag, most=2),
    "make_bag_if": Aggregate(build=_bag, least=2, most=3, condition=1),
    "percentile": Aggregate(build=_percentile, least=2, most=2),
}
"""By name, in lower case. `arg_max` and `arg_min` give several columns: `summarizing.py`."""


class Aggregates:
    """Translates expressions that hold aggregates: `count()`, `100 * countif(x) / count()`."""

    def __init__(self, scalars: Scalars, bound: Bound) -> None:
        self._scalars = scalars
        self._bound = bound

    def value(self, expression: Expression) -> Computed:
        """What the expression becomes, over a group of rows."""
        match expression:
            case Call(function=function) if function in AGGREGATES:
                return self._aggregate(expression)
            case Call(function=function) if function in FUNCTIONS and function != "pack_all":
                values = tuple(self.value(one) for one in expression.arguments)
                return looked_up(call(function, self._given(expression, values)))
            case Binary(operator="+" | "-" | "*" | "/" | "%" as operator):
                left, right = self.value(expression.left), self.value(expression.right)
                return calculated(operator, left, right, expression.place)
            case Literal():
                return self._scalars.computed(expression)
            case _:
                raise refused(
                    expression.place, "summarize wants aggregates here, such as count() or sum(x)"
                )

    def _aggregate(self, called: Call) -> Computed:
        aggregate = AGGREGATES[called.function]
        count = len(called.arguments)
        if not aggregate.least <= count <= aggregate.most:
            raise refused(
                called.place,
                f"{called.function}() takes {aggregate.least} to {aggregate.most} arguments",
            )
        values: tuple[Value, ...] = tuple(self._scalars.value(one) for one in called.arguments)
        condition = ""
        if aggregate.condition is not None:
            condition = conversions.truth(values[aggregate.condition])
        return aggregate.build(self._given(called, values), condition)

    def _given(self, called: Call, values: tuple[Value, ...]) -> Given:
        return Given(
            values=values, expressions=called.arguments, bound=self._bound, place=called.place
        )
