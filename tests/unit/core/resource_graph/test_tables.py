"""How sub-assessments are put together: what is asked of an image or of a finding is computed once,
not once for everything that is found. Answers do not show it, but DuckDB's plan does."""

from collections.abc import Iterator

import msgspec
import pytest

from core.resource_graph.answering import Asked
from core.resource_graph.database import Database, Limits
from core.resource_graph.tables import Visible
from tests.support.graph import question

KEY = "extract('.*assessments/(.+?)/.*', 1, id)"
DIGEST = "tostring(properties.additionalData.imageDigest)"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan says of a step."""

    table: str = msgspec.field(default="", name="Table")
    """That it reads."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a plan, above those that it takes its rows from."""

    name: str
    children: tuple["Node", ...]
    extra_info: About


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = Database(Limits())
    yield made
    made.close()


def plan(database: Database, query: str) -> Node:
    rows = Asked.of(question(query), Visible()).rows
    ((_, told),) = database.ask(f"EXPLAIN (FORMAT JSON) {rows.total}", rows.parameters)
    (top,) = msgspec.json.decode(str(told), type=tuple[Node, ...])
    return top


def above(node: Node, table: str) -> list[str] | None:
    """The steps between a table and the end, from the table on; `None` where it is not read."""
    if node.extra_info.table == f"memory.main.{table}":
        return []
    for child in node.children:
        if (path := above(child, table)) is not None:
            return [*path, node.name]
    return None


@pytest.mark.parametrize(
    ("table", "expression"), [("subjects", KEY), ("subjects", DIGEST), ("parts", DIGEST)]
)
def test_what_is_asked_of_a_table_is_computed_before_it_is_joined(
    database: Database, table: str, expression: str
) -> None:
    asked = f"securityresources | extend asked = {expression} | summarize count() by asked"
    path = above(plan(database, asked), table)
    assert path is not None
    assert "PROJECTION" in path[: path.index("HASH_JOIN")]
