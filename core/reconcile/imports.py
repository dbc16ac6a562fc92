"""Finds imports in a registry's log: no event of them is documented.

A row says that something was imported; whether it is there, and which digest a tag means, the
registry says itself. An image that an event or a sweep has told of before is left alone, so two
signals of one import give one scan.
"""

import logging
from datetime import UTC, datetime, timedelta

from core.counters import Counters
from core.domain.events import Source
from core.enrolment.enrolment import Enrolled, Enrolment
from core.errors import RegistryError, RowConflict
from core.log import layout
from core.projections.cells import text
from core.reconcile.comparing import Present
from core.reconcile.holdings import Connect
from core.reconcile.recording import Looked, Recorder
from core.registry.activity import Activity, ActivityLog, Operation, Unreadable
from core.registry.client import RegistryClient
from core.registry.interface import Listed
from core.storage.interface import Insert, Replace, Row, Rows, Write

logger = logging.getLogger(__name__)

FIRST = timedelta(days=1)
"""How far back the first look goes: what is older is found by the first sweep."""
LATE = timedelta(hours=1)
"""How far behind the last look the next one begins: rows come minutes late."""
_PARTITION, _KEY = "imports", "watermark"


class Importer:
    """Asks for imports, from where it asked last."""

    def __init__(
        self,
        activities: ActivityLog,
        enrolment: Enrolment,
        connect: Connect,
        recorder: Recorder,
        rows: Rows,
        counters: Counters,
    ) -> None:
        self._activities = activities
        self._enrolment = enrolment
        self._connect = connect
        self._recorder = recorder
        self._rows = rows
        self._counters = counters

    async def run(self, now: datetime | None = None) -> None:
        """Record the imports since the last time. One that cannot be looked up now leaves the
        watermark where it is, and is found again the next time."""
        until = now or datetime.now(UTC)
        row = await self._rows.get(_PARTITION, _KEY)
        asked = layout.moment(text(row.cells, "until")) if row is not None else None
        since = until - FIRST if asked is None else min(asked, until) - LATE
        whole = True
        seen: set[tuple[str, str, str | None, str | None]] = set()
        try:
            imports = self._activities.between(frozenset({Operation.IMPORT}), since, until)
            async for one in imports:
                if isinstance(one, Unreadable):
                    self._counters.count("activity-unreadable", one.reason)
                    continue
                name = (str(one.resource), one.repository, one.digest, one.tag)
                if name not in seen:
                    seen.add(name)
                    whole = await self._import(one) and whole
        except RegistryError as error:
            logger.error("the log of imports cannot be read: %s", error)
            whole = False
        if whole:
            await self._remember(until, row)

    async def _import(self, activity: Activity) -> bool:
        """Record one import; False when the registry could not be asked."""
        enrolled = await self._enrolment.by_resource(activity.resource)
        if not isinstance(enrolled, Enrolled):
            self._counters.count("registry-not-enrolled", enrolled.reason)
            return True
        try:
            async with self._connect(enrolled.endpoint) as client:
                if activity.digest is not None:
                    await self._look(client, enrolled, activity, activity.digest, None)
                if activity.tag is not None:
                    await self._look(client, enrolled, activity, activity.tag, activity.tag)
        except RegistryError as error:
            logger.error("an import into %s cannot be looked up: %s", activity.resource, error)
            return False
        return True

    async def _look(
        self,
        client: RegistryClient,
        enrolled: Enrolled,
        activity: Activity,
        reference: str,
        tag: str | None,
    ) -> None:
        """Record what the registry has by that digest or tag now; it may be gone since."""
        there = await client.look(activity.repository, reference)
        if there.digest is None:
            return
        listed = Listed(
            digest=there.digest,
            tags=(),
            media_type=there.media_type,
            updated_at=min(activity.at, there.at),
            seen_at=there.at,
        )
        looked = Looked(enrolled=enrolled, repository=activity.repository, source=Source.IMPORT)
        await self._recorder.present(looked, [Present(listed=listed, tag=tag, wanted=True)])

    async def _remember(self, until: datetime, row: Row | None) -> None:
        cells = {"until": layout.stamp(until)}
        write: Write = Insert(_KEY, cells) if row is None else Replace(_KEY, cells, row.etag)
        try:
            await self._rows.commit(_PARTITION, [write])
        except RowConflict:
            logger.info("somebody else has looked for imports meanwhile")
