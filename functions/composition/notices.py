"""Who is told of changes: nobody, or an Event Grid topic by way of an outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.notifications.delivery import Delivery
from core.notifications.desk import NoticeDesk
from core.notifications.exploited import ExploitedNotices
from core.notifications.outbox import Outbox
from core.notifications.process import VerdictNotices
from core.notifications.topic import Topic
from core.processes.follower import Process
from core.storage.interface import Rows
from functions.composition.advice import Advice
from functions.composition.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What writes notices down and what brings them."""

    outbox: Outbox
    processes: Sequence[Process]
    """What reads the log for something to tell."""
    delivery: Delivery | None
    """`None` where no topic is set: then nobody is told of anything."""


async def build_notices(
    ground: Ground, advice: Advice, findings: Rows, topic: Topic | None
) -> Notices:
    """What tells that topic of changes from now on; without one, nothing is kept to be told."""
    outbox = Outbox(await ground.account.tables.open("outbox"))
    if topic is None:
        await outbox.close()
        return Notices(outbox=outbox, processes=(), delivery=None)
    log, exploitation = ground.log, advice.exploitation
    since = await outbox.open(datetime.now(UTC))
    artifacts = ground.account.artifacts
    desk = NoticeDesk(log, artifacts, outbox, ground.dispatch, exploitation, since=since)
    processes = (
        VerdictNotices(log, desk),
        ExploitedNotices(log, findings, exploitation, desk),
    )
    return Notices(
        outbox=outbox, processes=processes, delivery=Delivery(outbox, topic, ground.counters)
    )
