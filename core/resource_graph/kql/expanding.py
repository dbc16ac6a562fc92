"""Steps that take values apart: `mv-expand` into rows, `parse` into columns."""

import re
from dataclasses import replace

from core.resource_graph.kql import conversions
from core.resource_graph.kql.beginnings import decides
from core.resource_graph.kql.naming import named
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.relations import Column, Relation, Scope
from core.resource_graph.kql.scalars import Scalars
from core.resource_graph.kql.syntax import Captured, Expand, Literal, Parse, Type
from core.resource_graph.kql.values import Computed, computed, id_use

MAX_GROUPS = 30
"""Columns that one `parse` makes, at most."""


def expand(scope: Scope, rows: Relation, step: Expand) -> Relation:
    """A row for each element of the arrays, which go side by side; for a bag, one for each of its
    properties. A row with nothing to expand is gone, as in Azure."""
    scalars = Scalars(scope, rows)
    index = scope.fresh()
    lists, columns = [], list(rows.columns)
    for one in step.columns:
        name, _ = named(one.named.name, one.named.value, (), 0)
        listed, item = scope.fresh(), scope.fresh()
        sql = f"kql_entries({conversions.json(scalars.value(one.named.value))})"
        lists.append((listed, sql, item))
        value = computed(item, Type.DYNAMIC)
        shown = value if one.type is None else conversions.converted(value, one.type)
        column = Column(name=name, value=shown)
        at = next((at for at, other in enumerate(columns) if other.name == name), None)
        columns = [*columns, column] if at is None else [*columns[:at], column, *columns[at + 1 :]]
    arrays = ", ".join(f"{sql} AS {listed}" for listed, sql, _ in lists)
    made = scope.step(f"SELECT *, {arrays} FROM {rows.source}")
    longest = f"greatest({', '.join(f'coalesce(len({listed}), 0)' for listed, _, _ in lists)})"
    places = scope.step(f"SELECT *, unnest(range({longest})) AS {index} FROM {made}")
    items = ", ".join(f"{listed}[{index} + 1] AS {item}" for listed, _, item in lists)
    limit = _limit(step, index)
    source = scope.step(f"SELECT *, {items} FROM {places}{limit}")
    if step.index is not None:
        columns.append(Column(name=step.index, value=computed(index, Type.LONG)))
    return replace(rows, source=source, columns=tuple(columns), keys=(*rows.keys, index))


def _limit(step: Expand, index: str) -> str:
    if step.limit is None:
        return ""
    if not isinstance(step.limit, Literal) or type(step.limit.value) is not int:
        raise refused(step.place, "the limit of mv-expand is a whole number")
    return f" WHERE {index} < {step.limit.value:d}"


def parse(scope: Scope, rows: Relation, step: Parse) -> Relation:
    """Columns of the parts of a text; empty ones where the text does not look so."""
    captured = [one for one in step.pattern if isinstance(one, Captured)]
    if len(captured) > MAX_GROUPS:
        raise refused(step.place, f"parse makes at most {MAX_GROUPS} columns")
    value = Scalars(scope, rows).value(step.value)
    written, use = pattern_of(step), id_use(value)
    pattern = scope.bound.text(written)
    of_beginning = use is not None and decides(written, len(captured))
    text = "{id}" if of_beginning else conversions.text(value)
    names = ", ".join(f"'g{number}'" for number in range(len(captured)))
    found = scope.fresh()
    taken = f"regexp_extract({text}, {pattern}, [{names}])" if captured else "NULL"
    holds = f"regexp_matches({text}, {pattern})"
    if use is not None and of_beginning:
        taken, holds = use.derive(taken), use.derive(holds)
    condition = f" WHERE {holds}" if step.filtering else ""
    source = scope.step(f"SELECT *, {taken} AS {found} FROM {rows.source}{condition}")
    columns = list(rows.columns)
    for number, one in enumerate(captured):
        part = Computed(sql=f"{found}.g{number}", type=Type.STRING)
        column = Column(name=one.name, value=conversions.converted(part, one.type))
        columns = [other for other in columns if other.name != one.name]
        columns.append(column)
    return replace(rows, source=source, columns=tuple(columns))


def pattern_of(step: Parse) -> str:
    """The regular expression that matches the text as a whole. What comes before a text ends where
    that text stands first; what comes last goes to the end."""
    parts = ["(?s)^"]
    for at, one in enumerate(step.pattern):
        last = at == len(step.pattern) - 1
        match one:
            case str() if step.regex:
                parts.append(f"(?:{one})")
            case str():
                parts.append(re.escape(one))
            case Captured(type=Type.LONG):
                parts.append(r"(-?\d+)")
            case Captured(type=Type.REAL):
                parts.append(r"(-?[0-9.eE+-]+)")
            case Captured():
                parts.append("(.*)" if last else "(.*?)")
            case None:
                parts.append(".*" if last else ".*?")
    return "".join((*parts, "$"))
