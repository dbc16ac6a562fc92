"""The advisories: kept fresh, asked of, and what rules and an image's inventory make of them."""

from dataclasses import dataclass

from core.feeds.kept import KeptSources
from core.feeds.publish import Publisher
from core.feeds.results import Results
from core.query.advisories import AdvisoriesQueries
from core.rules.books import RuleBooks
from core.rules.forecasts import PublishedForecasts
from core.rules.rulings import Rulings
from core.scanning.assessment import Assessor
from core.scanning.exploited import KnownExploitation
from core.scanning.published import PublishedAdvisories
from functions.composition.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is known of vulnerabilities, and who judges an inventory by it."""

    published: PublishedAdvisories
    exploitation: KnownExploitation
    forecasts: PublishedForecasts
    rulings: Rulings
    assessor: Assessor
    publisher: Publisher
    queries: AdvisoriesQueries


async def build_advice(ground: Ground) -> Advice:
    """What judges inventories in this process."""
    log, account, sources = ground.log, ground.account, ground.settings.sources
    kept = KeptSources(await account.tables.open("feeds"), account.feeds)
    published = PublishedAdvisories(log, account.artifacts)
    exploitation = KnownExploitation(log, account.artifacts)
    forecasts = PublishedForecasts(exploitation)
    rulings = Rulings(RuleBooks(log), forecasts, account.artifacts)
    results = Results(log, account.artifacts, kept)
    return Advice(
        published=published,
        exploitation=exploitation,
        forecasts=forecasts,
        rulings=rulings,
        assessor=Assessor(published, account.artifacts, rulings),
        publisher=Publisher(results, kept, sources, ground.counters),
        queries=AdvisoriesQueries(log, kept, sources),
    )
