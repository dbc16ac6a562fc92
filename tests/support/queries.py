"""Questions about images, asked of rows and a log that a test has made."""

from datetime import datetime

from core.domain.schedule import Policies
from core.enrolment.care import Care
from core.log.interface import EventLog
from core.past.seals import Seals
from core.past.shards import PastShards
from core.pulls.knowledge import PullKnowledge
from core.query.bases import Bases
from core.query.findings import FindingPages
from core.query.images import ImageQueries
from core.query.standing import Standings
from core.query.trust import Trusts
from core.sandbox.cataloger import Cataloger
from core.sandbox.interface import CatalogerName
from core.scanning.exploited import KnownExploitation
from core.scanning.published import PublishedAdvisories
from core.scanning.stacks import Stacks
from core.storage.interface import Artifacts, Rows
from core.storage.memory import MemoryRows
from tests.support.samples import REGISTRY


class Always:
    """The registry of tests is looked after, always: a Caring."""

    async def now(self) -> Care:
        return Care(registries={REGISTRY: None})

    async def at(self, moment: datetime) -> Care:
        return await self.now()


def trusts() -> Trusts:
    """What is known of pulls: nothing."""
    knowledge = PullKnowledge(MemoryRows())
    return Trusts(knowledge, Policies(), Cataloger(name=CatalogerName.TRIVY), Always())


def image_queries(
    log: EventLog, images: Rows, artifacts: Artifacts, past: PastShards | None = None
) -> ImageQueries:
    """The questions, as the app asks them; by default, of a past without seals."""
    asked = standings(log, images, artifacts, past)
    advisories, known = PublishedAdvisories(log, artifacts), KnownExploitation(log, artifacts)
    bases = Bases(asked, Stacks(MemoryRows()))
    return ImageQueries(asked, artifacts, FindingPages(artifacts, advisories, known), bases)


def standings(
    log: EventLog, images: Rows, artifacts: Artifacts, past: PastShards | None = None
) -> Standings:
    """What questions are asked of; by default, with a past without seals."""
    return Standings(log, images, artifacts, past or unsealed(log, artifacts), trusts())


def unsealed(log: EventLog, artifacts: Artifacts) -> PastShards:
    """The past of a log, folded from its beginning."""
    return PastShards(log, Seals(MemoryRows(), artifacts, no_alarm))


def no_alarm(name: str, why: str) -> None:
    """An alarm that nobody expects."""
    raise AssertionError(f"{name}: {why}")
