"""Steps that make fewer rows of many: `summarize`, `distinct`, `count`."""

from collections.abc import Sequence

from core.resource_graph.kql import conversions
from core.resource_graph.kql.aggregates import Aggregates
from core.resource_graph.kql.naming import named, unused
from core.resource_graph.kql.relations import Column, Relation, Scope, added
from core.resource_graph.kql.scalars import Scalars, looked_up
from core.resource_graph.kql.syntax import (
    Call,
    Count,
    Distinct,
    Named,
    Star,
    Summarize,
    Type,
)
from core.resource_graph.kql.values import Computed, computed


def count(scope: Scope, rows: Relation, step: Count) -> Relation:
    """One row: how many there are."""
    name = scope.fresh()
    source = scope.step(f"SELECT count(*) AS {name} FROM {rows.source}")
    column = Column(name=step.name, value=computed(name, Type.LONG))
    return Relation(source=source, columns=(column,), keys=())


def distinct(scope: Scope, rows: Relation, step: Distinct) -> Relation:
    """One of those rows that are the same in these columns."""
    columns = step.columns
    if len(columns) == 1 and isinstance(columns[0].value, Star):
        shown = [(one.name, looked_up(one.value)) for one in rows.columns]
    else:
        shown = _named(scope, rows, columns)
    return _grouped(scope, rows, shown, ())


def summarize(scope: Scope, rows: Relation, step: Summarize) -> Relation:
    """One row of each group; one in all, where there are no groups."""
    groups = _named(scope, rows, step.by)
    aggregates = _aggregates(scope, rows, step.aggregates, [name for name, _ in groups])
    return _grouped(scope, rows, groups, aggregates)


def _named(scope: Scope, rows: Relation, columns: Sequence[Named]) -> list[tuple[str, Computed]]:
    scalars = Scalars(scope, rows)
    found: list[tuple[str, Computed]] = []
    counted = 0
    for one in columns:
        name, counted = named(one.name, one.value, [other for other, _ in found], counted)
        found.append((name, scalars.computed(one.value)))
    return found


def _aggregates(
    scope: Scope, rows: Relation, columns: Sequence[Named], taken: Sequence[str]
) -> list[tuple[str, Computed]]:
    scalars = Scalars(scope, rows)
    aggregates = Aggregates(scalars, scope.bound)
    found: list[tuple[str, Computed]] = []
    counted = 0
    for one in columns:
        if isinstance(one.value, Call) and one.value.function in ("arg_max", "arg_min"):
            found += _best(scope, rows, one, one.value)
            continue
        names = [*taken, *(other for other, _ in found)]
        name, counted = named(one.name, one.value, names, counted)
        found.append((name, aggregates.value(one.value)))
    return found


def _best(scope: Scope, rows: Relation, given: Named, called: Call) -> list[tuple[str, Computed]]:
    """`arg_max(x, a, b)`: the greatest x, and what stands beside it."""
    scalars = Scalars(scope, rows)
    by, *shown = called.arguments
    first = scalars.value(by)
    order = conversions.real(first) if first.type is Type.DYNAMIC else looked_up(first).sql
    name, _ = named(given.name, by, (), 0)
    columns = [(name, looked_up(first))]
    for one in shown:
        if isinstance(one, Star):
            columns += [
                (other.name, looked_up(other.value)) for other in rows.columns if other.name != name
            ]
        else:
            columns.append((named(None, one, (), 0)[0], scalars.computed(one)))
    return [
        (
            name,
            computed(f"{called.function}({value.sql}, {order})", value.type),
        )
        for name, value in columns
    ]


def _grouped(
    scope: Scope,
    rows: Relation,
    groups: Sequence[tuple[str, Computed]],
    aggregates: Sequence[tuple[str, Computed]],
) -> Relation:
    """The groups come first, as Kusto shows them."""
    source, keys = added(scope, rows, [value for _, value in groups])
    columns: list[Column] = []
    selected: list[str] = []
    grouping: list[str] = []
    for (name, _), key in zip(groups, keys, strict=True):
        fresh = scope.fresh()
        selected.append(f"{key.sql} AS {fresh}")
        grouping.append(key.sql)
        columns.append(
            _column(name, Computed(sql=fresh, type=key.type, folded=key.folded), columns)
        )
    for name, value in aggregates:
        fresh = scope.fresh()
        selected.append(f"{value.sql} AS {fresh}")
        columns.append(_column(name, computed(fresh, value.type), columns))
    by = f" GROUP BY {', '.join(grouping)}" if grouping else ""
    if not selected:
        selected = ["1 AS nothing"]
    made = scope.step(f"SELECT {', '.join(selected)} FROM {source}{by}")
    sorted_by = tuple(
        f"CAST({one.value.sql} AS VARCHAR)" if one.value.type is Type.DYNAMIC else one.value.sql
        for one in columns[: len(groups)]
        if isinstance(one.value, Computed)
    )
    return Relation(source=made, columns=tuple(columns), keys=sorted_by)


def _column(name: str, value: Computed, before: Sequence[Column]) -> Column:
    return Column(name=unused(name, [one.name for one in before]), value=value)
