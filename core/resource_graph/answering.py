"""A question translated, run, and told in Azure's shape. Blocks: for a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from core.errors import InvalidInput, InvalidQuery
from core.query.shapes import Json
from core.resource_graph.database import Cell, Database, Parameter
from core.resource_graph.kql.script import read_expression, read_script
from core.resource_graph.kql.syntax import (
    Call,
    Expression,
    Name,
    Named,
    Ordered,
    Pipeline,
    Script,
    Sort,
    Step,
    Summarize,
    Type,
    Where,
)
from core.resource_graph.kql.translation import Shown, Statement, statement
from core.resource_graph.kql.values import Table
from core.resource_graph.questions import FacetAsked, FacetOptions, Question
from core.resource_graph.tables import Visible, tables_seen

_TYPES = {
    Type.STRING: "string",
    Type.LONG: "integer",
    Type.REAL: "number",
    Type.BOOL: "boolean",
    Type.DATETIME: "datetime",
    Type.TIMESPAN: "string",
    Type.DYNAMIC: "object",
}
"""Types of columns, as the API names them."""

_COUNT = "count"
"""The column of a facet that says how many rows have its value."""

type Facet = tuple[FacetAsked, Statement | InvalidQuery]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that can be run."""

    question: Question
    rows: Statement
    facets: tuple[Facet, ...]

    @classmethod
    def of(cls, question: Question, visible: Visible) -> "Asked":
        """The question as SQL, over what is visible. InvalidInput where it makes no sense; a facet
        that makes none is told of in its own place."""
        seen = tables_seen(visible)
        script = read_script(question.query, frozenset(seen))
        _ = question.page, question.table
        return cls(
            question=question,
            rows=statement(script, seen),
            facets=tuple((one, _faceted(one, script, seen)) for one in question.facets),
        )


def answered(database: Database, asked: Asked, now: datetime) -> dict[str, Json]:
    """The answer: a page of rows, how many there are, and the facets."""
    question = asked.question
    limit, offset = question.page
    rows, total = _run(database, asked.rows, limit, offset, now)
    body: dict[str, Json] = {
        "totalRecords": total,
        "count": len(rows),
        "data": _data(asked.rows.columns, rows, table=question.table),
        "facets": [_facet(database, *one, now) for one in asked.facets],
        "resultTruncated": "false",
    }
    if offset + len(rows) < total and rows:
        body["$skipToken"] = question.further(limit, offset + len(rows))
        body["resultTruncated"] = "true"
    return body


def _run(
    database: Database, rows: Statement, limit: int, offset: int, now: datetime
) -> tuple[list[tuple[Cell, ...]], int]:
    """A page, and how many rows there are in all."""
    parameters: Mapping[str, Parameter] = {
        **rows.parameters,
        "now": round(now.timestamp() * 1_000_000),
        "page_limit": limit,
        "page_offset": offset,
    }
    page = database.ask(rows.page, parameters)
    if len(page) < limit and (page or not offset):
        return page, offset + len(page)
    total = database.ask(rows.total, parameters)[0][0]
    return page, total if isinstance(total, int) else 0


def _data(columns: Sequence[Shown], rows: Sequence[Sequence[Cell]], *, table: bool) -> Json:
    told: list[list[Json]] = [
        [_cell(column, cell) for column, cell in zip(columns, row, strict=False)] for row in rows
    ]
    if table:
        named: list[Json] = [{"name": one.name, "type": _TYPES[one.type]} for one in columns]
        return {"columns": named, "rows": list[Json](told)}
    names = [one.name for one in columns]
    return [dict(zip(names, row, strict=True)) for row in told]


def _cell(column: Shown, cell: Cell) -> Json:
    if column.type is Type.DYNAMIC and isinstance(cell, str):
        value: Json = msgspec.json.decode(cell)
        return value
    if isinstance(cell, float) and (cell != cell or cell in (float("inf"), float("-inf"))):
        return None
    return cell


def _faceted(
    asked: FacetAsked, script: Script, seen: Mapping[str, Table]
) -> Statement | InvalidQuery:
    """The query that counts a facet's values."""
    options = asked.options or FacetOptions()
    tables = frozenset(seen)
    place = script.pipeline.place
    try:
        value = read_expression(asked.expression, tables)
        steps: list[Step] = []
        if options.filter is not None:
            steps.append(Where(condition=read_expression(options.filter, tables), place=place))
        count = Named(name=_COUNT, value=_counting(script), place=place)
        by = Named(name=asked.expression, value=value, place=place)
        steps.append(Summarize(aggregates=(count,), by=(by,), place=place))
        order: Expression = Name(name=options.sort_by or _COUNT, place=place)
        descending = options.sort_order == "desc"
        key = Ordered(value=order, descending=descending, nulls_first=not descending)
        steps.append(Sort(keys=(key,), limit=None, place=place))
        pipeline = Pipeline(source=script.pipeline, steps=tuple(steps), place=place)
        return statement(replace(script, pipeline=pipeline), seen)
    except InvalidQuery as error:
        return error


def _counting(script: Script) -> Expression:
    return Call(function=_COUNT, arguments=(), place=script.pipeline.place)


def _facet(
    database: Database, asked: FacetAsked, rows: Statement | InvalidQuery, now: datetime
) -> Json:
    """A facet, or what is wrong with it."""
    try:
        if isinstance(rows, InvalidQuery):
            raise rows
        top = (asked.options or FacetOptions()).top
        page, total = _run(database, rows, top, 0, now)
    except InvalidInput as error:
        wrong: Json = {"code": "InvalidFacet", "message": str(error)}
        return {"expression": asked.expression, "resultType": "FacetError", "errors": [wrong]}
    return {
        "expression": asked.expression,
        "resultType": "FacetResult",
        "totalRecords": total,
        "count": len(page),
        "data": _data(rows.columns, page, table=False),
    }
