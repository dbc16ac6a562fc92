"""Queries of Resource Graph, asked of the app over memory or of rows that a test writes down."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from core.access.scope import EVERYWHERE, Scope
from core.query.shapes import Json
from core.resource_graph.answering import Asked, answered
from core.resource_graph.contents import Contents
from core.resource_graph.database import Database, Limits
from core.resource_graph.graph import Answered
from core.resource_graph.questions import Question, read_question
from core.resource_graph.resources import Resource
from core.resource_graph.tables import Visible
from tests.support.desk import Desk
from tests.support.samples import SUBSCRIPTION

type Row = dict[str, Json]

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
"""What the time is for queries of written rows."""


def question(query: str, **given: Json) -> Question:
    """A request that asks that."""
    return read_question(msgspec.json.encode({"query": query, **given}))


async def answer(app: Desk, query: str, scope: Scope = EVERYWHERE, **given: Json) -> Row:
    """What the app answers, after it has looked again."""
    graph = app.app.services.answers.resource_graph
    graph.forget()
    told = await graph.answer(question(query, **given), scope)
    assert isinstance(told, Answered)
    return told.body


async def asked(app: Desk, query: str, scope: Scope = EVERYWHERE, **given: Json) -> list[Row]:
    """The rows of the answer."""
    return rows_of(await answer(app, query, scope, **given))


def rows_of(body: Row) -> list[Row]:
    """An answer's rows, as objects."""
    data = body["data"]
    assert isinstance(data, list)
    return [one for one in data if isinstance(one, dict)]


def written(rows: Sequence[Mapping[str, Json]], limits: Limits | None = None) -> Database:
    """A database in which `resources` has these rows, named `row-0`, `row-1` …, with such
    properties."""
    database = Database(limits or Limits())
    Contents(database).keep(
        Resource(
            source="resources",
            id=f"/subscriptions/{SUBSCRIPTION}/things/row-{number:05}",
            name=f"row-{number}",
            type="microsoft.test/things",
            subscription=SUBSCRIPTION,
            resource_group="demo",
            properties=properties,
        )
        for number, properties in enumerate(rows)
    )
    return database


def run(database: Database, query: str, **given: Json) -> list[Row]:
    """The rows that a query gives of it."""
    return rows_of(whole(database, query, **given))


def whole(database: Database, query: str, **given: Json) -> Row:
    """The answer to a query of it."""
    return answered(database, Asked.of(question(query, **given), Visible()), NOW)


def value(database: Database, expression: str) -> Json:
    """What an expression is, of the first row."""
    (row,) = run(database, f"resources | order by id asc | take 1 | project value = {expression}")
    return row["value"]
