"""Steps that put tables together: `join`, `lookup`, `union`."""

from dataclasses import replace

from core.resource_graph.kql import conversions
from core.resource_graph.kql.comparisons import equal
from core.resource_graph.kql.naming import unused
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.relations import Column, Relation, Scope, added, found
from core.resource_graph.kql.scalars import looked_up
from core.resource_graph.kql.syntax import Join, Match, Name, Pipeline, Type, Union
from core.resource_graph.kql.values import Computed, Property, Value, computed

MAX_TABLES = 20
"""Of a union."""
_SQL = {
    "inner": "JOIN",
    "innerunique": "JOIN",
    "leftouter": "LEFT JOIN",
    "rightouter": "RIGHT JOIN",
    "fullouter": "FULL JOIN",
}


def join(scope: Scope, rows: Relation, step: Join) -> Relation:
    """The rows with those of another table that match them; or those that have none."""
    other = scope.table(step.right)
    left, right = rows, other
    pairs = [
        (_side(left, match.left, match), _side(right, match.right, match)) for match in step.matches
    ]
    left, lefts = _keyed(scope, left, [one for one, _ in pairs])
    right, rights = _keyed(scope, right, [one for _, one in pairs])
    on = " AND ".join(_same(one, two) for one, two in zip(lefts, rights, strict=True))
    if step.kind in ("leftanti", "leftsemi"):
        return _having(scope, left, right, on, wanted=step.kind == "leftsemi")
    if step.kind in ("rightanti", "rightsemi"):
        return _having(scope, right, left, on, wanted=step.kind == "rightsemi")
    if step.kind == "innerunique":
        left = _unique(scope, left, lefts)
    source = scope.step(
        f"SELECT {left.source}.*, {right.source}.* FROM {left.source} {_SQL[step.kind]}"
        f" {right.source} ON {on}"
    )
    gone = {found(right.columns, _name(match.right), match.place).name for match in step.matches}
    columns = list(_outer(left, missing=step.kind in ("rightouter", "fullouter")))
    for column in _outer(right, missing=step.kind in ("leftouter", "fullouter")):
        if step.lookup and column.name in gone:
            continue
        name = unused(column.name, [one.name for one in columns])
        columns.append(replace(column, name=name))
    return Relation(
        source=source, columns=tuple(columns), keys=(*left.keys, *right.keys), order=left.order
    )


def _name(expression: object) -> str:
    return expression.name if isinstance(expression, Name) else ""


def _side(rows: Relation, key: object, match: Match) -> Computed:
    if not isinstance(key, Name):
        raise refused(match.place, "a join is on columns' names")
    value = rows.column(key).value
    if isinstance(value, Property) or value.type is Type.DYNAMIC:
        return computed(conversions.nullable_text(value), Type.STRING)
    return value


def _keyed(scope: Scope, rows: Relation, keys: list[Computed]) -> tuple[Relation, list[Computed]]:
    source, made = added(scope, rows, keys)
    return replace(rows, source=source), made


def _same(left: Computed, right: Computed) -> str:
    """A plain equality, which a join can look up."""
    if left.type is right.type and not (left.folded or right.folded):
        return f"{left.sql} = {right.sql}"
    return equal(left, right)


def _having(scope: Scope, rows: Relation, other: Relation, on: str, *, wanted: bool) -> Relation:
    """The rows that have a match, or those that have none."""
    kind = "SEMI" if wanted else "ANTI"
    sql = f"SELECT {rows.source}.* FROM {rows.source} {kind} JOIN {other.source} ON {on}"
    return replace(rows, source=scope.step(sql))


def _unique(scope: Scope, rows: Relation, keys: list[Computed]) -> Relation:
    """One row of those that have the same keys: the first."""
    by = ", ".join(one.sql for one in keys)
    sql = (
        f"SELECT * FROM {rows.source} QUALIFY"
        f" row_number() OVER (PARTITION BY {by}{rows.ordering}) = 1"
    )
    return replace(rows, source=scope.step(sql))


def _outer(rows: Relation, *, missing: bool) -> list[Column]:
    """A side's columns; where it may be missing, its texts are empty then."""
    if not missing:
        return list(rows.columns)
    return [
        replace(one, value=replace(one.value, sql=f"coalesce({one.value.sql}, '')", base=None))
        if isinstance(one.value, Computed) and one.value.type is Type.STRING
        else one
        for one in rows.columns
    ]


def union(scope: Scope, rows: Relation | None, step: Union) -> Relation:
    """The rows of several tables. Columns of one name and different types become dynamic."""
    if len(step.tables) > MAX_TABLES:
        raise refused(step.place, f"a union has at most {MAX_TABLES} tables")
    tables = [*([] if rows is None else [rows]), *(scope.table(one) for one in step.tables)]
    names = list(dict.fromkeys(one.name for table in tables for one in table.columns))
    if step.inner:
        having = [{one.name for one in table.columns} for table in tables]
        names = [name for name in names if all(name in some for some in having)]
    types = {name: _type(tables, name) for name in names}
    fresh = {name: scope.fresh() for name in names}
    most = max(len(table.keys) for table in tables)
    keys = [scope.fresh() for _ in range(most + 1)]
    labels = [*([""] if rows is None else ["union_arg0"]), *map(_label, step.tables)]
    shown = scope.fresh()
    branches = []
    for number, table in enumerate(tables):
        padded = [*(f"CAST({key} AS VARCHAR)" for key in table.keys), *["''"] * most][:most]
        terms = [
            f"{number} AS {keys[0]}",
            *(f"{sql} AS {key}" for sql, key in zip(padded, keys[1:], strict=True)),
            *(f"{_given(table, name, types[name]).sql} AS {fresh[name]}" for name in names),
            f"{scope.bound.text(labels[number - len(tables)])} AS {shown}",
        ]
        branches.append(f"SELECT {', '.join(terms)} FROM {table.source}")
    columns = [Column(name=name, value=computed(fresh[name], types[name])) for name in names]
    if step.source is not None:
        columns.insert(0, Column(name=step.source, value=computed(shown, Type.STRING)))
    source = scope.step(" UNION ALL ".join(branches))
    return Relation(source=source, columns=tuple(columns), keys=tuple(keys))


def _label(pipeline: Pipeline) -> str:
    return pipeline.source.name if isinstance(pipeline.source, Name) else "union_arg"


def _values(tables: list[Relation], name: str) -> list[Value]:
    return [one.value for table in tables for one in table.columns if one.name == name]


def _type(tables: list[Relation], name: str) -> Type:
    return conversions.common(*_values(tables, name))


def _given(table: Relation, name: str, type_: Type) -> Computed:
    """A table's column of that name, or what stands for it where the table has none."""
    column = next((one for one in table.columns if one.name == name), None)
    if column is None:
        return conversions.null(type_)
    return conversions.converted(looked_up(column.value), type_)
