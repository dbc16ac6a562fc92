"""What people and scripts ask, and the gauges that ask by themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.access.scope import EVERYWHERE, Scope
from core.azure_shapes.answers import SecurityQueries
from core.azure_shapes.assessments import Assessments
from core.azure_shapes.pages import SubAssessments
from core.exports.exports import Exports
from core.fleet.queries import FleetQueries
from core.fleet.store import FleetStore
from core.gate.gate import Gate
from core.past.opening import Past
from core.past.verdicts import Verdicts
from core.pulls.knowledge import PullKnowledge
from core.query.attention import AttentionQueries
from core.query.bases import Bases
from core.query.billing import BillingQueries
from core.query.catalogue import Catalogue
from core.query.dead_letters import GivenUp
from core.query.findings import FindingPages
from core.query.fleet import FindingQueries, SummaryQueries
from core.query.images import ImageQueries
from core.query.kept import KeptImages
from core.query.layers import LayerQueries
from core.query.names import CountedNames
from core.query.operations import Operations
from core.query.pulse import Pulse
from core.query.recommendations import RecommendationQueries
from core.query.scoped import ScopedImages
from core.query.score import ScoreQueries
from core.query.standing import Now, Standings
from core.query.tags import TagQueries
from core.query.trends import TrendQueries
from core.query.trust import Trusts
from core.query.whatif import WhatIfQueries
from core.rebuilding.standing import Followers
from core.resource_graph.feed import Feed
from core.resource_graph.graph import ResourceGraph
from core.storage.interface import Rows
from core.telemetry.gauges import Gauges
from functions.composition.advice import Advice
from functions.composition.ground import Ground
from functions.composition.notices import Notices
from functions.composition.scanning import Scanning

SCOPES = 256
"""Scopes for which answers are kept; there are as many as a setting names, and their mixtures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One answerer for each kind of question."""

    images: ImageQueries
    layers: LayerQueries
    gate: Gate
    whatif: WhatIfQueries
    exports: Exports
    recommendations: RecommendationQueries
    findings: FindingQueries
    billing: BillingQueries
    summary: SummaryQueries
    score: ScoreQueries
    attention: AttentionQueries
    catalogue: Catalogue
    tags: TagQueries
    trends: TrendQueries
    security: SecurityQueries
    resource_graph: ResourceGraph
    operations: Operations
    pulse: Pulse
    within: Callable[[Scope], "Answers"]
    """The answers of those who may see no more than a scope."""


def build_answers(
    ground: Ground,
    advice: Advice,
    scanning: Scanning,
    views: Mapping[str, Rows],
    past: Past,
    fleet: FleetStore,
    notices: Notices,
    *,
    trusts: Trusts,
    knowledge: PullKnowledge,
    kept: KeptImages,
) -> Answers:
    """Who answers in this process, from those views' rows by name, and the images' as it keeps
    them."""
    log, artifacts, exploitation = ground.log, ground.account.artifacts, advice.exploitation
    everything = Standings(log, views["images"], artifacts, past.shards, trusts)
    given_up = GivenUp(ground.account.queues, notices.outbox)
    operations = Operations(scanning.waiting, scanning.slots, knowledge, given_up)
    pages = FindingPages(artifacts, advice.published, exploitation)
    graph = ResourceGraph(Feed(log, views["images"], ground.plans, artifacts, exploitation))

    names, verdicts = CountedNames(artifacts), Verdicts(past.shards)

    @lru_cache(maxsize=SCOPES)
    def within(scope: Scope) -> Answers:
        standings = everything.within(scope)
        images = views["images"] if scope.whole else ScopedImages(views["images"], scope)
        bases = Bases(standings, scanning.stacks)
        summary = SummaryQueries(standings, scanning.stale)
        catalogue = Catalogue(standings, views["findings"], kept)
        return Answers(
            images=ImageQueries(standings, artifacts, pages, bases),
            layers=LayerQueries(standings, artifacts, pages, bases),
            gate=Gate(log, standings, artifacts, ground.enrolment),
            whatif=WhatIfQueries(FleetQueries(fleet, artifacts)),
            exports=Exports(standings, artifacts, exploitation),
            recommendations=RecommendationQueries(images, artifacts, advice.published),
            findings=FindingQueries(standings, views["findings"], exploitation),
            billing=BillingQueries(standings, views["billing"], ground.settings.price),
            summary=summary,
            score=ScoreQueries(standings),
            attention=AttentionQueries(standings, catalogue, names, exploitation),
            catalogue=catalogue,
            tags=TagQueries(standings),
            trends=TrendQueries(standings, past.days, catalogue, verdicts),
            security=SecurityQueries(
                ground.plans,
                Assessments(images),
                SubAssessments(images, log.shards, artifacts, exploitation),
                seen=scope,
            ),
            resource_graph=graph,
            operations=operations,
            pulse=Pulse(operations, summary, views, log.shards),
            within=within,
        )

    return within(EVERYWHERE)


def build_gauges(
    ground: Ground,
    scanning: Scanning,
    followers: Followers,
    notices: Notices,
    images: Rows,
    trusts: Trusts,
) -> Gauges:
    """What measures this process's app for who watches it."""
    log = ground.log
    return Gauges(
        ground.telemetry,
        scanning.waiting,
        scanning.slots,
        followers,
        notices.outbox,
        Now(log, images, trusts),
        log.shards,
    )
