"""A registry's log by hand: a test says what was done, and what the log does about telling it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from core.errors import RegistryUnavailable
from core.registry.activity import Activity, Operation, Unreadable
from core.registry.references import parse_resource
from tests.support.desk import RESOURCE
from tests.support.samples import digest, image_name


@dataclass(slots=True)
class Activities:
    """An ActivityLog of rows that a test puts into it."""

    rows: list[Activity | Unreadable] = field(default_factory=list)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    """Which times were asked for."""
    silent: int | None = None
    """After how many rows it gives no answer any more; `None` for never."""

    def pulled(
        self,
        number: int,
        at: datetime,
        *,
        operation: Operation = Operation.PULL,
        identity: str = "somebody",
        resource: str = RESOURCE,
        user_agent: str = "docker/27.0",
        tag_only: bool = False,
    ) -> None:
        """Image `number` was pulled at that time."""
        row = Activity(
            resource=parse_resource(resource),
            repository=image_name(number).repository,
            digest=None if tag_only else digest(number),
            tag="latest" if tag_only else None,
            operation=operation,
            at=at,
            identity=identity,
            user_agent=user_agent,
        )
        self.rows.append(row)

    async def between(
        self, operations: frozenset[Operation], since: datetime, until: datetime
    ) -> AsyncIterator[Activity | Unreadable]:
        self.asked.append((since, until))
        for told, row in enumerate(self.rows):
            if self.silent is not None and told >= self.silent:
                raise RegistryUnavailable("the workspace gives no answer")
            if isinstance(row, Unreadable) or since <= row.at < until:
                yield row
