"""What Azure's resource log would say of a push, a pull or a deletion in our registry.

In Azure the rows of `ContainerRegistryRepositoryEvents` go to a workspace. Locally the
translator keeps the newest of them, and tells them to whoever asks: the same rows in other clothes.
"""

from collections import deque
from datetime import datetime

from dev.stack.acr_events import Notification, Resource

KEPT = 20_000
"""Rows that are kept; the oldest go first."""

_OPERATIONS = {"pull": "Pull", "push": "Push", "delete": "Delete", "import": "importImage"}
"""By the action that a notification names; our registry imports nothing, so that is played."""

type Row = dict[str, str]
"""A row by the columns' names."""


class ActivityRows:
    """The registry's log, as long as this process lives."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._rows: deque[Row] = deque(maxlen=KEPT)

    def note(self, notification: Notification) -> None:
        """Keep what a notification says, if the log would have a row of it."""
        operation, target = _OPERATIONS.get(notification.action), notification.target
        if operation is None or target.digest is None:
            return
        self._rows.append(
            {
                "TimeGenerated": notification.timestamp,
                "OperationName": operation,
                "ResultDescription": "200",
                "Repository": target.repository,
                "Digest": target.digest,
                "Tag": target.tag or "",
                "UserAgent": notification.request.useragent or "",
                "_ResourceId": self._resource.id,
            }
        )

    def between(self, since: datetime, until: datetime) -> list[Row]:
        """The rows of that time. ValueError when a time has no time zone."""
        return [row for row in self._rows if since <= _at(row) < until]


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row["TimeGenerated"])
