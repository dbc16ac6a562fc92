"""What expressions become: SQL with a type, or a property that is not looked up yet.

A property of a row's dynamic column is named by its path for as long as nobody needs its value.
Then the table is told of the path, and gives it as a column of its own: it may know a cheaper way
than to take every row's JSON apart. What is only shown in the end is looked up for the rows of one
page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.resource_graph.kql.syntax import Type

type Path = tuple[str | int, ...]
"""Names and places below a dynamic column, from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A column of a table that queries may ask of."""

    name: str
    type: Type
    folded: bool = False
    """Whether it matches texts whatever their case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A property of the table's rows that a query needs as a column."""

    column: str
    """What it is to be called."""
    path: Path
    """The first name is that of a dynamic column."""
    as_text: bool
    """As a text rather than as JSON."""


SQL_TYPES = {
    Type.STRING: "VARCHAR",
    Type.LONG: "BIGINT",
    Type.REAL: "DOUBLE",
    Type.BOOL: "BOOLEAN",
    Type.DATETIME: "TIMESTAMP",
    Type.TIMESPAN: "BIGINT",
    Type.DYNAMIC: "JSON",
}
"""DuckDB's types. A length of time is a number of microseconds."""


class Bound:
    """The values that a query's SQL is given, by the names of its parameters."""

    def __init__(self) -> None:
        self.values: dict[str, str | int | float | bool | list[str] | None] = {}

    def text(self, value: str) -> str:
        """SQL for a text."""
        return self._bind(value, "VARCHAR")

    def texts(self, value: Sequence[str]) -> str:
        """SQL for a list of texts."""
        return self._bind(list(value), "VARCHAR[]")

    def literal(self, value: str | int | float | bool | None, type_: Type) -> str:
        """SQL for a value of that type."""
        return self._bind(value, SQL_TYPES[type_])

    def _bind(self, value: str | int | float | bool | list[str] | None, sql: str) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"CAST(${name} AS {sql})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Something that the beginning of a row's id decides: `beginnings.py` says what does."""

    column: str
    """What it is to be called."""
    sql: str
    """With `{id}` for the id."""


class Wanted(Protocol):
    """What a query wants of a table."""

    @property
    def key(self) -> str:
        """What the column is called that tells its rows apart."""

    @property
    def demanded(self) -> Sequence[Demand]:
        """The properties that are needed as columns."""

    @property
    def derived(self) -> Sequence[Derived]:
        """What is needed of the ids' beginnings."""

    def column(self, index: int) -> str:
        """What one of the table's columns is called."""


class Table(Protocol):
    """A table that queries may ask of."""

    @property
    def columns(self) -> Sequence[TableColumn]:
        """Its columns, in order."""

    def rows(self, use: Wanted, bound: Bound, only: str | None) -> str:
        """The SELECT that gives its rows: `use.key`, which tells each row from all others;
        `use.column(i)` for each column that is not dynamic; and what is demanded. `only` is SQL for
        the keys of the rows that are wanted, `None` for all."""


@dataclass(slots=True, kw_only=True, eq=False)
class Use:
    """One occurrence of a table in a query."""

    number: int
    table: Table
    demands: dict[tuple[Path, bool], Demand] = field(default_factory=dict)
    derivations: dict[str, Derived] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its rows are called in SQL."""
        return f"u{self.number}"

    @property
    def key(self) -> str:
        """The column that tells its rows apart."""
        return f"u{self.number}k"

    @property
    def demanded(self) -> Sequence[Demand]:
        """The properties that are needed as columns."""
        return list(self.demands.values())

    def column(self, index: int) -> str:
        """What one of the table's columns is called."""
        return f"u{self.number}c{index}"

    @property
    def derived(self) -> Sequence[Derived]:
        """What is needed of the ids' beginnings."""
        return list(self.derivations.values())

    def derive(self, sql: str) -> str:
        """The column of what the ids' beginnings decide."""
        name = f"u{self.number}d{len(self.derivations)}"
        return self.derivations.setdefault(sql, Derived(column=name, sql=sql)).column

    def text(self, path: Path) -> str:
        """The column of a property's text, NULL where there is none."""
        return self._demand(path, as_text=True)

    def json(self, path: Path) -> str:
        """The column of a property's JSON."""
        return self._demand(path, as_text=False)

    def _demand(self, path: Path, *, as_text: bool) -> str:
        name = f"u{self.number}p{len(self.demands)}"
        demand = Demand(column=name, path=path, as_text=as_text)
        return self.demands.setdefault((path, as_text), demand).column


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A column of a table that is no dynamic one."""

    use: Use
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """SQL over the columns of the rows at hand. Texts are never NULL."""

    sql: str
    type: Type
    folded: bool = False
    """Whether it matches texts whatever their case."""
    elements: str | None = None
    """SQL for the same as a list of texts, where there is such."""
    base: Base | None = None
    """The table's column that it is, unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of a table's row, or a whole dynamic column."""

    use: Use
    path: Path

    @property
    def type(self) -> Type:
        """Nobody knows before looking."""
        return Type.DYNAMIC


type Value = Computed | Property


def computed(sql: str, type_: Type) -> Computed:
    """SQL with its type."""
    return Computed(sql=sql, type=type_)


def id_use(value: Value) -> Use | None:
    """The table of which a value is the id; `None` where it is none."""
    if isinstance(value, Property) or value.base is None:
        return None
    use = value.base.use
    return use if use.table.columns[value.base.index].name == "id" else None


def pointer(path: Sequence[str | int]) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(one).replace('~', '~0').replace('/', '~1')}" for one in path)
