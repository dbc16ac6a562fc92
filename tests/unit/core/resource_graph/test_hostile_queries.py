"""Queries that want what they must not have: files, the network, other rows, all of the machine.

Each gets an answer that says what is wrong, soon; and the database goes on as it was.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest

from core.access.scope import EVERYWHERE
from core.errors import InvalidInput, InvalidQuery, QueryTooLarge
from core.query.shapes import Json
from core.resource_graph.answering import Asked, answered
from core.resource_graph.database import Change, Database, Limits
from core.resource_graph.tables import Visible
from tests.support.desk import Desk
from tests.support.graph import asked, question, run, value, written

LIMITS = Limits(memory="150MB", threads=2, seconds=1.0)
ROWS: list[dict[str, Json]] = [{"n": number} for number in range(3000)]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = written(ROWS, Limits(seconds=60))
    yield made
    made.close()


@pytest.fixture(scope="module")
def limited() -> Iterator[Database]:
    """The same, with little time and memory for a query."""
    made = written(ROWS, LIMITS)
    yield made
    made.close()


MALFORMED = [
    "",
    " ",
    "|",
    "resources |",
    "resources | | count",
    "resources | where",
    "resources | where (",
    "resources | where name == 'x",
    "resources | where name ==",
    "resources | where name === 'x'",
    "resources | where nothing == 1",
    "resources | project a = ",
    "resources | extend a = nothing(1)",
    "resources | extend a = strlen()",
    "resources | extend a = strlen(1, 2)",
    "resources | frobnicate",
    "resources | take -1",
    "resources | take 'x'",
    "resources | take 99999999999999999999",
    "resources | top by name",
    "resources | join kind=sideways (resources) on id",
    "resources | join resources",
    "resources | join (resources) on $left.id == $left.id",
    "resources | join (resources) on id + 1",
    "resources | summarize sum(id, id, id)",
    "resources | summarize id",
    "resources | parse id with",
    "resources | mv-expand",
    "resources | project datetime(2026-99-99)",
    "resources | project '\\ud800'",
    "resources | project 1 + 'x' + true",
    "resources | project name.x",
    "unknowntable | count",
    "let x = ; resources",
    "let x = resources | count",
    "union | count",
    "resources; resources",
    "resources | project dynamic([1, )",
    "resources | project format_datetime(now(), 'qqq')",
    "resources | project datetime_diff('fortnight', now(), now())",
    "resources | project extract('a', 99, name)",
    "\x00",
    "resources \x00| count",
    "🦠",
    "resources | where name == \u2018x\u2019",
]


@pytest.mark.parametrize("query", MALFORMED)
def test_a_query_that_is_none_is_refused_with_its_place(database: Database, query: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        run(database, query)
    if isinstance(refused.value, InvalidQuery):
        assert refused.value.line >= 1
        assert refused.value.column >= 0


def _doubled(times: int) -> str:
    """A table of which each name stands for twice the one before."""
    lets = "".join(f"let t{at} = union t{at - 1}, t{at - 1};" for at in range(1, times))
    return f"let t0 = resources; {lets} t{times - 1} | count"


def test_a_refusal_says_line_column_and_what_stands_there(database: Database) -> None:
    with pytest.raises(
        InvalidQuery, match="there is no column 'nmae' here; there are id, name"
    ) as (refused):
        run(database, "resources\n| where type != ''\n| project nmae")
    told = refused.value
    assert (told.line, told.column, told.token) == (3, 10, "nmae")


FOREIGN = [
    "resources | where name == 'x'; DROP TABLE resources; --'",
    "SELECT * FROM resources",
    "resources | project read_csv('/etc/passwd')",
    "read_csv('/etc/passwd') | count",
    "resources | extend x = read_text('/etc/passwd')",
    "resources | extend x = getenv('HOME')",
    "'/etc/passwd' | count",
    "['/etc/passwd'] | count",
    "duckdb_settings | count",
    "information_schema.tables | count",
    "found | count",
    "subjects | count",
    "ATTACH '/tmp/stolen.db'",
    "COPY resources TO '/tmp/stolen.csv'",
    "PRAGMA database_list",
    "INSTALL httpfs; LOAD httpfs",
    "SET enable_external_access = true",
    'resources | project ["x\'); DROP TABLE resources; --"]',
    "externaldata(x: string) ['https://localhost/x'] | count",
    "cluster('x').database('y').resources",
    "resources | invoke something()",
    "evaluate python('x')",
]


@pytest.mark.parametrize("query", FOREIGN)
def test_what_is_no_table_of_ours_is_refused(database: Database, query: str) -> None:
    with pytest.raises(InvalidInput):
        run(database, query)
    assert run(database, "resources | count") == [{"Count": 3000}]


SQL = "x'); DROP TABLE resources; --"


def test_sql_in_names_and_texts_stays_text(database: Database) -> None:
    quoted = SQL.replace("'", "\\'")
    assert value(database, f"'{quoted}'") == SQL
    (row,) = run(database, f"resources | take 1 | project ['{quoted}'] = properties['{quoted}']")
    assert row == {SQL: None}
    assert run(database, f"resources | where name in ('{quoted}', '\"') | count") == [{"Count": 0}]
    assert run(database, "resources | count") == [{"Count": 3000}]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "ATTACH '/tmp/never.db'",
        "COPY (SELECT 1) TO '/tmp/never.csv'",
        "EXPORT DATABASE '/tmp/never'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET lock_configuration = false",
        "PRAGMA enable_profiling = 'json'",
        "SELECT * FROM '/etc/passwd'",
    ],
)
def test_the_database_itself_has_no_way_out(database: Database, statement: str) -> None:
    """Were a hole found in the translation, it would lead nowhere."""
    with pytest.raises((InvalidInput, duckdb.Error)):
        database.change([Change(statement=statement)])


ENDLESS = "resources | extend one = 1 | join kind=inner (resources | extend one = 1) on one"
TOO_LARGE = [
    f"{ENDLESS} | join kind=inner (resources | extend one = 1) on one | count",
    f"{ENDLESS} | order by strcat(name, name1) asc | summarize make_list(strcat(id, id1, name))",
    "resources | summarize x = make_list(name) by type" + " | mv-expand y = x" * 8 + " | count",
]


@pytest.mark.parametrize("query", TOO_LARGE, ids=["time", "memory", "rows"])
def test_a_query_without_end_is_ended(limited: Database, query: str) -> None:
    with pytest.raises(QueryTooLarge):
        run(limited, query)
    assert run(limited, "resources | where name == 'row-0' | project name") == [{"name": "row-0"}]


@pytest.mark.parametrize(
    "query",
    [
        "resources | where " + "(" * 5000 + "1" + ")" * 5000,
        "resources | where " + "not(" * 500 + "true" + ")" * 500,
        "resources | project " + "-" * 5000 + "1",
        "resources | project dynamic(" + "[" * 5000 + "]" * 5000 + ")",
        "(" * 5000 + "resources" + ")" * 5000,
        "resources | project " + "+".join(["1"] * 5000),
        "resources" + " | extend x = 1" * 500,
        "resources | where name == '" + "x" * 200_000 + "'",
        _doubled(40),
        "resources | project x = properties" + ".a" * 5000,
    ],
    ids=["parens", "calls", "minus", "json", "tables", "sums", "steps", "length", "lets", "path"],
)
def test_depth_and_length_have_limits(database: Database, query: str) -> None:
    with pytest.raises(InvalidInput):
        run(database, query)


def test_many_choices_are_no_matter(database: Database) -> None:
    listed = ", ".join(f"'row-{number}'" for number in range(2000))
    assert run(database, f"resources | where name in ({listed}) | count") == [{"Count": 2000}]
    chained = " or ".join(f"name == 'row-{number}'" for number in range(500))
    assert run(database, f"resources | where {chained} | count") == [{"Count": 500}]


@pytest.mark.parametrize(
    "pattern", ["(((a{1,500}){1,500}){1,500})", "(a", "[", "a**", "(?P<x", "\\"]
)
def test_a_regular_expression_that_is_none_is_refused(database: Database, pattern: str) -> None:
    escaped = pattern.replace("\\", "\\\\")
    with pytest.raises(InvalidInput):
        run(database, f"resources | where name matches regex '{escaped}' | count")


def test_a_regular_expression_takes_no_longer_than_its_text(database: Database) -> None:
    assert value(database, "strrep('a', 1000) matches regex '^(a+)+$b'") is False


def test_nobody_gets_a_million_rows_at_once(database: Database) -> None:
    body = answered(
        database, Asked.of(question(ENDLESS), Visible()), datetime(2026, 11, 22, tzinfo=UTC)
    )
    assert (body["count"], body["totalRecords"]) == (1000, 9_000_000)
    with pytest.raises(InvalidInput, match=r"\$top"):
        question("resources", options={"$top": 1001})


async def test_a_query_leaves_the_event_loop_alone(fleet: Desk) -> None:
    """Somebody else's work goes on while a query runs."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    other = asyncio.create_task(tick())
    try:
        await asked(fleet, "securityresources | summarize count() by type", EVERYWHERE)
    finally:
        other.cancel()
    assert ticks > 10
