"""The DuckDB that queries run in: in memory, and cut off from everything else.

It has no files, no network, no extensions, and nobody can change that afterwards. A query that runs
for too long is interrupted, and one that needs more memory than there is fails by itself.
"""

import logging
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from core.errors import InvalidInput, QueryTooLarge
from core.resource_graph.kql.macros import MACROS

logger = logging.getLogger(__name__)

type Cell = str | int | float | bool | None
type Parameter = Cell | Sequence[str] | Sequence[int]

_LOCKED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "temp_directory": "",
}

_PARAMETER = re.compile(r"\$([a-z_]+[0-9]*)")
_LAST = ("SET TimeZone = 'UTC'", "SET lock_configuration = true")

SCHEMA = (
    """CREATE TABLE parts (part INTEGER, body JSON)""",
    """CREATE TABLE subjects (
        subject INTEGER, root VARCHAR, details VARCHAR, named BOOLEAN,
        subscription VARCHAR, resource_group VARCHAR, registry VARCHAR, repository VARCHAR,
        body JSON)""",
    """CREATE TABLE found (subject INTEGER, part INTEGER, name UUID)""",
    """CREATE TABLE resources (
        key UUID, source VARCHAR, id VARCHAR, name VARCHAR, type VARCHAR,
        kind VARCHAR, location VARCHAR, resource_group VARCHAR, subscription VARCHAR,
        registry VARCHAR, body JSON)""",
)
"""What is found (`found`) in which image (`subjects`, one for each assessment), and what there is
to say of it wherever it is found (`parts`); and all other rows as they are. A sub-assessment is put
together when it is asked for: in a fleet, the same is found many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a process spends on queries."""

    memory: str = "1GB"
    """Of the database, with what is in it."""
    threads: int = 2
    seconds: float = 20.0
    """Of one query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A statement that changes rows."""

    statement: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


class Database:
    """One database. Methods block: call them in a thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connection = duckdb.connect(
            ":memory:",
            config={
                **_LOCKED,
                "memory_limit": limits.memory,
                "threads": str(limits.threads),
            },
        )
        for statement in (*SCHEMA, *(f"CREATE MACRO {one}" for one in MACROS), *_LAST):
            self._connection.execute(statement)

    def ask(self, statement: str, parameters: Mapping[str, Parameter]) -> list[tuple[Cell, ...]]:
        """The rows of a statement. InvalidInput for what DuckDB refuses as it goes, QueryTooLarge
        beyond a limit."""
        cursor = self._connection.cursor()
        deadline = threading.Timer(self._limits.seconds, cursor.interrupt)
        deadline.start()
        try:
            return cursor.execute(statement, _used(statement, parameters)).fetchall()
        except duckdb.InterruptException as error:
            raise QueryTooLarge(
                f"the query took more than {self._limits.seconds:g} s: ask for less"
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise QueryTooLarge(
                f"the query needs more than {self._limits.memory} of memory: ask for less"
            ) from error
        except duckdb.Error as error:
            raise _refused(error) from error
        finally:
            deadline.cancel()
            cursor.close()

    def change(self, changes: Sequence[Change]) -> None:
        """Run statements that change rows: all of them or none."""
        cursor = self._connection.cursor()
        try:
            cursor.begin()
            for change in changes:
                cursor.execute(change.statement, dict(change.parameters))
            cursor.commit()
        finally:
            cursor.close()

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()


def _used(statement: str, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The parameters that a statement names: DuckDB takes no others."""
    names = set(_PARAMETER.findall(statement))
    return {name: value for name, value in parameters.items() if name in names}


def _refused(error: duckdb.Error) -> InvalidInput:
    """What DuckDB could not do with the values at hand. Its SQL is nobody's business."""
    if isinstance(
        error, (duckdb.BinderException, duckdb.ParserException, duckdb.InternalException)
    ):
        logger.error("a query's SQL is none: %s", error)
        return InvalidInput("the query makes no sense of types as they are; convert them first")
    told = str(error).partition("\n")[0].partition("Error: ")[2]
    return InvalidInput(f"the query cannot be answered: {told[:300]}")
