"""What was done in a registry, as its resource logs tell it: pulls, imports, pushes, deletions.

Azure writes them to the table `ContainerRegistryRepositoryEvents` of a Log Analytics workspace once
the registry's diagnostic setting says so. Rows come late, twice and in any order, and some lack
what others have: a pull by digest has no tag, an import may have no digest. Locally the registry's
own notifications are told in the same words.

`read_activity` reads one row, by the table's documented columns; whoever asks a workspace hands its
rows through it. A row that cannot be read is `Unreadable`, and takes none of the others with it.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from core.domain.values import is_digest, is_repository, is_tag
from core.errors import InvalidReference
from core.registry.references import RegistryResource, parse_resource


class Operation(StrEnum):
    """What was done, in the words of the column `OperationName`."""

    PULL = "Pull"
    PUSH = "Push"
    IMPORT = "importImage"
    DELETE = "Delete"
    UNTAG = "Untag"


_OPERATIONS = {operation.lower(): operation for operation in Operation}
_SUCCESS = frozenset({"200", "201", "202"})
"""`ResultDescription` of what succeeded; `ResultType` is not consistent across operations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One operation that succeeded."""

    resource: RegistryResource
    """The registry. Whether it is enrolled is another question."""
    repository: str
    digest: str | None
    """`None` where the row has none; then there is a tag."""
    tag: str | None
    operation: Operation
    at: datetime
    """When, UTC."""
    identity: str
    """Who: an object id of Entra ID, or a user's name; empty where the row does not say."""
    user_agent: str
    """With what; empty where the row does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A row that says nothing we could use: counted, never repeated."""

    reason: str


class ActivityLog(Protocol):
    """Where activities can be asked for."""

    def between(
        self, operations: frozenset[Operation], since: datetime, until: datetime
    ) -> AsyncIterator[Activity | Unreadable]:
        """What was done with `since <= at < until`, in any registry, in no particular order.

        RegistryUnavailable when the log gives no answer; then none of it is to be taken as whole.
        """
        ...


class NoActivityLog:
    """No log is kept: nothing is known, which is not to say that nothing was done."""

    async def between(
        self, operations: frozenset[Operation], since: datetime, until: datetime
    ) -> AsyncIterator[Activity | Unreadable]:
        return
        yield


def read_activity(row: Mapping[str, object]) -> Activity | Unreadable | None:
    """One row of the table; `None` for an operation that failed, or is none of ours."""
    operation = _OPERATIONS.get(_text(row, "OperationName").lower())
    if operation is None or _text(row, "ResultDescription") not in _SUCCESS:
        return None
    try:
        return _read(row, operation)
    except (InvalidReference, ValueError) as error:
        return Unreadable(reason=f"{operation}: {error}"[:500])


def _read(row: Mapping[str, object], operation: Operation) -> Activity:
    repository, digest, tag = (_text(row, name) for name in ("Repository", "Digest", "Tag"))
    if not is_repository(repository):
        raise ValueError(f"Repository is no repository: {repository[:255]!r}")
    if digest and not is_digest(digest):
        raise ValueError(f"Digest is no digest: {digest[:80]!r}")
    if tag and not is_tag(tag):
        raise ValueError(f"Tag is no tag: {tag[:128]!r}")
    if not digest and not tag:
        raise ValueError("neither Digest nor Tag says which image it was")
    return Activity(
        resource=parse_resource(_text(row, "_ResourceId")),
        repository=repository,
        digest=digest or None,
        tag=tag or None,
        operation=operation,
        at=_moment(row.get("TimeGenerated")),
        identity=_text(row, "Identity"),
        user_agent=_text(row, "UserAgent"),
    )


def _text(row: Mapping[str, object], name: str) -> str:
    """A cell's text; cells may be missing, null, or (a result code) a number."""
    value = row.get(name)
    return "" if value is None else str(value)


def _moment(value: object) -> datetime:
    """The client library gives times, a REST answer texts."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"TimeGenerated has no time zone: {str(value)[:40]!r}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"TimeGenerated is beyond the calendar: {str(value)[:40]!r}") from error
