"""A query as SQL: its steps one after the other, its values as parameters.

The SQL is one statement. Its steps stand before it in WITH; what a page shows of properties is
looked up at last, for the rows of that page alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.resource_graph.kql import conversions
from core.resource_graph.kql.expanding import expand, parse
from core.resource_graph.kql.joining import join, union
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.relations import Column, Relation
from core.resource_graph.kql.scalars import Scalars
from core.resource_graph.kql.script import read_script
from core.resource_graph.kql.shaping import (
    extend,
    project,
    project_some,
    rename,
    sort,
    take,
    where,
)
from core.resource_graph.kql.summarizing import count, distinct, summarize
from core.resource_graph.kql.syntax import (
    Count,
    Distinct,
    Expand,
    Extend,
    Join,
    Name,
    Parse,
    Pipeline,
    Project,
    ProjectRename,
    ProjectSome,
    Script,
    Sort,
    Step,
    Summarize,
    Take,
    Type,
    Union,
    Where,
)
from core.resource_graph.kql.values import (
    Base,
    Bound,
    Computed,
    Property,
    Table,
    Use,
    Value,
    computed,
)

MAX_NESTED = 30
"""Tables within each other, by `let` and in parentheses."""
MAX_STEPS = 1000
"""Steps of a query with all that its names stand for."""

type Parameters = Mapping[str, str | int | float | bool | list[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A column of the answer."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A query, ready to run. The parameter `now` is the time, in microseconds since 1970."""

    columns: tuple[Shown, ...]
    page: str
    """SQL for some rows; its parameters `page_limit` and `page_offset` say which."""
    total: str
    """SQL for how many there are."""
    parameters: Parameters


def translate(query: str, tables: Mapping[str, Table]) -> Statement:
    """The query as SQL. `tables` go by their names in lower case. InvalidQuery where it cannot be
    read, or makes no sense."""
    return statement(read_script(query, frozenset(tables)), tables)


def statement(script: Script, tables: Mapping[str, Table]) -> Statement:
    """The same of a query that is read already."""
    return _Translation(script, tables).statement()


class _Translation:
    """One query's translation; see `Scope` in `relations.py`."""

    def __init__(self, script: Script, tables: Mapping[str, Table]) -> None:
        self.bound = Bound()
        self.values: dict[str, Value] = {}
        self._script = script
        self._tables = tables
        self._named: dict[str, Pipeline] = {}
        self._uses: list[Use] = []
        self._steps: list[str] = []
        self._names = 0
        self._nested = 0

    def statement(self) -> Statement:
        for let in self._script.lets:
            if isinstance(let.value, Pipeline):
                self._named[let.name] = let.value
            else:
                nothing = Relation(source="", columns=(), keys=())
                self.values[let.name] = Scalars(self, nothing).value(let.value)
        rows = self.table(self._script.pipeline)
        page, late = self._page(rows)
        steps = self._with(self._steps)
        return Statement(
            columns=tuple(Shown(name=one.name, type=one.value.type) for one in rows.columns),
            page=f"{steps}{page}{late}",
            total=f"{steps} SELECT count(*) FROM {rows.source}",
            parameters=self.bound.values,
        )

    def _with(self, steps: Sequence[str]) -> str:
        tables = [
            f"{use.name} AS NOT MATERIALIZED ({use.table.rows(use, self.bound, None)})"
            for use in self._uses
        ]
        made = [f"s{number} AS NOT MATERIALIZED ({sql})" for number, sql in enumerate(steps)]
        return f"WITH {', '.join([*tables, *made])}"

    def _page(self, rows: Relation) -> tuple[str, str]:
        """The page, and what is looked up for its rows."""
        uses = list(dict.fromkeys(use for one in rows.columns if (use := _looked_up(one.value))))
        late = {
            use.number: Use(number=len(self._uses) + at, table=use.table)
            for at, use in enumerate(uses)
        }
        shown, selected = [], []
        for at, one in enumerate(rows.columns):
            if isinstance(one.value, Property):
                shown.append(late[one.value.use.number].json(one.value.path))
            elif one.value.base is not None:
                shown.append(late[one.value.base.use.number].column(one.value.base.index))
            else:
                selected.append(f"{output(one)} AS o{at}")
                shown.append(f"page.o{at}")
        keys = [f"{use.key} AS k{use.number}" for use in uses]
        listed = ", ".join([*selected, *keys]) or "1 AS nothing"
        page = (
            f", chosen AS MATERIALIZED (SELECT {listed} FROM {rows.source}{rows.ordering}"
            " LIMIT $page_limit OFFSET $page_offset)"
            ", page AS MATERIALIZED (SELECT *, row_number() OVER () AS place FROM chosen)"
        )
        joined = ""
        for number, use in late.items():
            only = f"SELECT k{number} FROM page"
            page += f", {use.name} AS ({use.table.rows(use, self.bound, only)})"
            joined += f" LEFT JOIN {use.name} ON {use.name}.{use.key} = page.k{number}"
        last = f" SELECT {', '.join(shown) or '1'} FROM page{joined} ORDER BY page.place"
        return page, last

    def fresh(self) -> str:
        self._names += 1
        return f"c{self._names}"

    def step(self, sql: str) -> str:
        if len(self._steps) >= MAX_STEPS:
            raise refused(self._script.pipeline.place, f"a query has at most {MAX_STEPS} steps")
        self._steps.append(sql)
        return f"s{len(self._steps) - 1}"

    def table(self, pipeline: Pipeline) -> Relation:
        self._nested += 1
        if self._nested > MAX_NESTED:
            raise refused(pipeline.place, f"tables are nested more than {MAX_NESTED} deep")
        rows = self._source(pipeline)
        for step in pipeline.steps:
            rows = self._after(rows, step)
        self._nested -= 1
        if rows is None:
            raise refused(pipeline.place, "a union has tables")
        return rows

    def _source(self, pipeline: Pipeline) -> Relation | None:
        match pipeline.source:
            case None:
                return None
            case Pipeline():
                return self.table(pipeline.source)
            case Name(name=name, place=place):
                if name in self._named:
                    return self.table(self._named[name])
                return self._base(name, place)

    def _base(self, name: str, place: Place) -> Relation:
        table = self._tables.get(name.lower())
        if table is None:
            known = ", ".join(sorted(self._tables))
            raise refused(place, f"there is no table {name[:80]!r} here; there are {known}")
        use = Use(number=len(self._uses), table=table)
        self._uses.append(use)
        columns = [
            Column(
                name=one.name,
                value=Property(use=use, path=(one.name,))
                if one.type is Type.DYNAMIC
                else Computed(
                    sql=use.column(at),
                    type=one.type,
                    folded=one.folded,
                    base=Base(use=use, index=at),
                ),
            )
            for at, one in enumerate(table.columns)
        ]
        return Relation(source=use.name, columns=tuple(columns), keys=(use.key,))

    def _after(self, rows: Relation | None, step: Step) -> Relation:
        if rows is None or isinstance(step, Union):
            if not isinstance(step, Union):
                raise refused(step.place, "a table should stand before this")
            return union(self, rows, step)
        return _applied(self, rows, step)


def _looked_up(value: Value) -> Use | None:
    """The table in which a column of the page is looked up, if it is in one."""
    if isinstance(value, Property):
        return value.use
    return None if value.base is None else value.base.use


def _applied(scope: _Translation, rows: Relation, step: Step) -> Relation:
    """The rows after a step."""
    match step:
        case Where():
            return where(scope, rows, step)
        case Extend():
            return extend(scope, rows, step)
        case Project():
            return project(scope, rows, step)
        case ProjectSome():
            return project_some(scope, rows, step)
        case ProjectRename():
            return rename(scope, rows, step)
        case Summarize():
            return summarize(scope, rows, step)
        case Distinct():
            return distinct(scope, rows, step)
        case Sort():
            return sort(scope, rows, step)
        case Take():
            return take(scope, rows, step)
        case Count():
            return count(scope, rows, step)
        case Join():
            return join(scope, rows, step)
        case Expand():
            return expand(scope, rows, step)
        case Parse():
            return parse(scope, rows, step)
        case Union():
            return union(scope, rows, step)


def output(column: Column) -> str:
    """SQL for a column as an answer shows it: times are texts, and so is JSON."""
    value = column.value
    match value.type:
        case Type.DATETIME | Type.TIMESPAN:
            return conversions.nullable_text(value)
        case Type.DYNAMIC:
            return f"CAST({conversions.json(value)} AS VARCHAR)"
        case _ if isinstance(value, Computed):
            return value.sql
        case _:
            return computed("NULL", Type.DYNAMIC).sql
