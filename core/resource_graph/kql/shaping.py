"""Steps that change rows one by one: `where`, `extend`, the `project`s, `sort` and `take`."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from core.resource_graph.kql import conversions
from core.resource_graph.kql.naming import named
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.relations import Column, Relation, Scope, added, found
from core.resource_graph.kql.scalars import Scalars
from core.resource_graph.kql.syntax import (
    Expression,
    Extend,
    Literal,
    Name,
    Named,
    Project,
    ProjectRename,
    ProjectSome,
    Sort,
    Star,
    Take,
    Type,
    Where,
)
from core.resource_graph.kql.values import Computed, Property, Value

MAX_ROWS = 1_000_000_000
"""That anybody may ask for with `take`."""


def where(scope: Scope, rows: Relation, step: Where) -> Relation:
    """The rows of which the condition holds."""
    condition = Scalars(scope, rows).condition(step.condition)
    return replace(rows, source=scope.step(f"SELECT * FROM {rows.source} WHERE {condition}"))


def extend(scope: Scope, rows: Relation, step: Extend) -> Relation:
    """The rows with more columns. One of a name that there is takes its place."""
    rows, columns = _valued(scope, rows, step.columns, [one.name for one in rows.columns])
    kept = list(rows.columns)
    for column in columns:
        at = next((at for at, one in enumerate(kept) if one.name == column.name), None)
        if at is None:
            kept.append(column)
        else:
            kept[at] = column
    return rows.with_columns(kept)


def project(scope: Scope, rows: Relation, step: Project) -> Relation:
    """The rows with these columns only."""
    if any(isinstance(one.value, Star) for one in step.columns):
        raise refused(step.place, "project takes columns by name; leave it out to keep them all")
    rows, columns = _valued(scope, rows, step.columns, ())
    names = [one.name for one in columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refused(step.place, f"two columns would be called {twice[:80]!r}")
    return rows.with_columns(columns)


def _valued(
    scope: Scope, rows: Relation, given: Sequence[Named], there: Sequence[str]
) -> tuple[Relation, list[Column]]:
    """The rows, to which what must be computed is added, and the columns that are asked for."""
    scalars = Scalars(scope, rows)
    names: list[str] = []
    values: list[Value] = []
    counted = 0
    for one in given:
        taken = names if not _passes(one) else [name for name in names if name not in there]
        name, counted = named(one.name, one.value, taken, counted)
        names.append(name)
        values.append(scalars.value(one.value))
    source, made = added(scope, rows, [one for one in values if isinstance(one, Computed)])
    ready = iter(made)
    columns = [
        Column(name=name, value=value if isinstance(value, Property) else next(ready))
        for name, value in zip(names, values, strict=True)
    ]
    return replace(rows, source=source), columns


def _passes(given: Named) -> bool:
    return given.name is None and isinstance(given.value, Name)


def project_some(scope: Scope, rows: Relation, step: ProjectSome) -> Relation:
    """The rows with some of their columns, or with some of them first."""
    chosen: list[Column] = []
    for pattern in step.patterns:
        if "*" in pattern:
            matching = [one for one in rows.columns if fnmatchcase(one.name, _literal(pattern))]
        else:
            matching = [found(rows.columns, pattern, step.place)]
        chosen += [one for one in matching if one not in chosen]
    others = [one for one in rows.columns if one not in chosen]
    match step.operator:
        case "project-away":
            return rows.with_columns(others)
        case "project-keep":
            return rows.with_columns([one for one in rows.columns if one in chosen])
        case _:
            return rows.with_columns([*chosen, *others])


def _literal(pattern: str) -> str:
    """Only `*` matches more than itself."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def rename(scope: Scope, rows: Relation, step: ProjectRename) -> Relation:
    """The rows with other names for some columns."""
    news: dict[str, str] = {}
    for one in step.columns:
        if one.name is None or not isinstance(one.value, Name):
            raise refused(one.place, "project-rename takes new names for columns: new = old")
        news[rows.column(one.value).name] = one.name
    return rows.with_columns(
        replace(one, name=news.get(one.name, one.name)) for one in rows.columns
    )


def sort(scope: Scope, rows: Relation, step: Sort) -> Relation:
    """The rows in that order, and the first of them only where that is asked."""
    scalars = Scalars(scope, rows)
    terms: list[str] = []
    values: list[Computed] = []
    for key in step.keys:
        value = scalars.value(key.value)
        end = f"{'DESC' if key.descending else 'ASC'} NULLS "
        end += "FIRST" if key.nulls_first else "LAST"
        for sortable in _sortable(value):
            values.append(sortable)
            terms.append(end)
    source, made = added(scope, rows, values)
    order = tuple(f"{one.sql} {end}" for one, end in zip(made, terms, strict=True))
    ordered = replace(rows, source=source, order=order)
    return ordered if step.limit is None else _first(scope, ordered, step.limit)


def _sortable(value: Value) -> list[Computed]:
    """What is dynamic sorts as numbers, and as texts where it is no number."""
    if isinstance(value, Computed) and value.type is not Type.DYNAMIC:
        return [value]
    number = Computed(sql=conversions.real(value), type=Type.REAL)
    return [number, Computed(sql=conversions.nullable_text(value), type=Type.STRING)]


def take(scope: Scope, rows: Relation, step: Take) -> Relation:
    """Some rows: the first ones."""
    return _first(scope, rows, step.limit)


def _first(scope: Scope, rows: Relation, limit: Expression) -> Relation:
    value = scope.values.get(limit.name) if isinstance(limit, Name) else None
    if isinstance(limit, Literal) and type(limit.value) is int and 0 <= limit.value <= MAX_ROWS:
        count = f"{limit.value:d}"
    elif isinstance(value, Computed) and value.type is Type.LONG:
        count = f"greatest({value.sql}, 0)"
    else:
        raise refused(limit.place, "how many rows is a whole number, 0 or more")
    made = scope.step(f"SELECT * FROM {rows.source}{rows.ordering} LIMIT {count}")
    return replace(rows, source=made)
