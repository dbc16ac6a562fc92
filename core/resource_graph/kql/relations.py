"""Rows on their way through a query: a step's SQL, its columns, and the order they are in.

Every step is a SELECT of its own that takes over all columns of the step before and adds some,
under names that are given out once; which of them a query can name, and what they are called there,
stands beside it. So nothing that a query says becomes SQL, and what nobody uses costs nothing:
DuckDB leaves it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.syntax import Name, Pipeline
from core.resource_graph.kql.values import Bound, Computed, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, by the name that a query knows it by."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """The rows after a step."""

    source: str
    """Names them in SQL."""
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    """Columns that tell each row from all others, so that an order can be the same every time."""
    order: tuple[str, ...] = ()
    """What the rows are sorted by, as ORDER BY wants it."""

    @property
    def ordering(self) -> str:
        """SQL that puts the rows in their order, whatever happens."""
        terms = [*self.order, *self.keys]
        return f" ORDER BY {', '.join(terms)}" if terms else ""

    def column(self, name: Name) -> Column:
        """The column of that name; of another case, where no other has it."""
        return found(self.columns, name.name, name.place)

    def with_columns(self, columns: Iterable[Column]) -> "Relation":
        """The same rows, of which these columns can be named."""
        return replace(self, columns=tuple(columns))


def found(columns: Sequence[Column], name: str, place: Place) -> Column:
    """The column of that name. InvalidQuery where there is none."""
    exact = [one for one in columns if one.name == name]
    like = exact or [one for one in columns if one.name.lower() == name.lower()]
    if len(like) != 1:
        shown = ", ".join(one.name for one in columns[:30])
        raise refused(place, f"there is no column {name[:80]!r} here; there are {shown}")
    return like[0]


class Scope(Protocol):
    """What steps are translated with."""

    @property
    def bound(self) -> Bound:
        """The values of the query."""

    @property
    def values(self) -> Mapping[str, Value]:
        """Values that the query has named."""

    def fresh(self) -> str:
        """A name that nothing else has."""

    def step(self, sql: str) -> str:
        """Make a SELECT a step; what its rows are called."""

    def table(self, pipeline: Pipeline) -> Relation:
        """The rows of another pipeline."""


def added(scope: Scope, rows: Relation, values: Sequence[Computed]) -> tuple[str, list[Computed]]:
    """A step that adds values to the rows: what its rows are called, and the values as its columns.
    Values that are columns already stay what they are."""
    named: list[Computed] = []
    selected: list[str] = []
    for value in values:
        if value.sql.isidentifier():
            named.append(value)
            continue
        name = scope.fresh()
        selected.append(f"{value.sql} AS {name}")
        named.append(replace(value, sql=name, elements=None))
    if not selected:
        return rows.source, named
    return scope.step(f"SELECT *, {', '.join(selected)} FROM {rows.source}"), named
