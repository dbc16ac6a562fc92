"""What a query is made of: expressions, and operators that rows go through one after the other."""

from dataclasses import dataclass
from enum import StrEnum

from core.resource_graph.kql.place import Place


class Type(StrEnum):
    """The types of values, in Kusto's words."""

    STRING = "string"
    LONG = "long"
    REAL = "real"
    BOOL = "bool"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    DYNAMIC = "dynamic"


TYPES = {
    **{one.value: one for one in Type},
    "int": Type.LONG,
    "double": Type.REAL,
    "decimal": Type.REAL,
    "boolean": Type.BOOL,
    "guid": Type.STRING,
    "date": Type.DATETIME,
    "time": Type.TIMESPAN,
}
"""Types by the names that people write; a GUID is a text here."""


type Expression = (
    Literal | Name | Member | Call | Binary | Logic | Negative | Among | Between | Star
)
"""What has a value."""

type Step = (
    Where
    | Extend
    | Project
    | ProjectSome
    | ProjectRename
    | Summarize
    | Distinct
    | Sort
    | Take
    | Count
    | Join
    | Union
    | Expand
    | Parse
)
"""What rows go through."""

type Rows = Name | Pipeline | None
"""Where rows come from."""

type Choices = tuple[Expression, ...] | Pipeline
"""What a value may be one of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Rows, and what they go through. The rows are a table's, another pipeline's, or those of a
    union (`None`)."""

    source: Rows
    steps: tuple[Step, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value that stands in the query. Lengths of time are microseconds, moments texts in ISO
    8601, and dynamic values JSON."""

    value: str | int | float | bool | None
    type: Type
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A column, or what a `let` has named."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a dynamic value has under a name or a number: `a.b`, `a['b']`, `a[0]`."""

    base: Expression
    key: Expression
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function, in lower case, and what it is given."""

    function: str
    arguments: tuple[Expression, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """Two values and what stands between them, in lower case."""

    operator: str
    left: Expression
    right: Expression
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic:
    """Conditions joined by `and`, or by `or`."""

    operator: str
    terms: tuple[Expression, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Negative:
    """A number with a minus before it."""

    value: Expression
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Whether a value is one of several, or has several terms: `in`, `in~`, `has_any` and so on."""

    operator: str
    value: Expression
    choices: Choices
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Whether a value lies between two others, which count as well."""

    value: Expression
    low: Expression
    high: Expression
    negated: bool
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """All columns."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An expression, and what it shall be called."""

    name: str | None
    value: Expression
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A value to sort by."""

    value: Expression
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Keeps rows."""

    condition: Expression
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """Adds columns, or replaces them."""

    columns: tuple[Named, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Keeps columns and makes new ones; all others are gone."""

    columns: tuple[Named, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSome:
    """`project-away`, `project-keep`, `project-reorder`: columns by names that may hold `*`."""

    operator: str
    patterns: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRename:
    """Gives columns other names."""

    columns: tuple[Named, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarize:
    """Makes one row of each group of rows."""

    aggregates: tuple[Named, ...]
    by: tuple[Named, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """Keeps one of rows that are the same."""

    columns: tuple[Named, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """Puts rows in order, and keeps the first of them where a number is given."""

    keys: tuple[Ordered, ...]
    limit: Expression | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Keeps some rows."""

    limit: Expression
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Says how many rows there are."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two columns that must be the same for rows to be joined."""

    left: Expression
    right: Expression
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Joins rows with those of another table. A lookup leaves the other's keys out."""

    kind: str
    right: Pipeline
    matches: tuple[Match, ...]
    lookup: bool
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """Adds the rows of other tables."""

    tables: tuple[Pipeline, ...]
    inner: bool
    source: str | None
    """The column that says where a row comes from."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A dynamic column that becomes a row for each of its elements."""

    named: Named
    type: Type | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expand:
    """`mv-expand`."""

    columns: tuple[Expanded, ...]
    index: str | None
    limit: Expression | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A part of a text that `parse` makes a column of."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Parse:
    """Takes a text apart. The pattern's parts are texts, columns, and `None` for what is left
    out."""

    value: Expression
    pattern: tuple[str | Captured | None, ...]
    regex: bool
    filtering: bool
    """Whether rows go that do not match."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Let:
    """A name for a value or for a table."""

    name: str
    value: Expression | Pipeline
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A query."""

    lets: tuple[Let, ...]
    pipeline: Pipeline
