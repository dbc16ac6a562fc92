"""Questions about images, asked of rows and a log that a test has made."""

from core.log.interface import EventLog
from core.past.shards import PastShards
from core.query.findings import FindingPages
from core.query.images import ImageQueries
from core.query.standing import Standings
from core.scanning.exploited import KnownExploitation
from core.scanning.published import PublishedAdvisories
from core.storage.interface import Artifacts, Rows


def image_queries(
    log: EventLog, images: Rows, artifacts: Artifacts, past: PastShards | None = None
) -> ImageQueries:
    """The questions, as the app asks them."""
    standings = Standings(log, images, artifacts, past)
    advisories, known = PublishedAdvisories(log, artifacts), KnownExploitation(log, artifacts)
    return ImageQueries(standings, artifacts, FindingPages(artifacts, advisories, known))
