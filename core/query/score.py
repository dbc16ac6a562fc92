"""The secure score: how much of the fleet is as it should be, now or at a moment of the past.

As Microsoft Defender for Cloud reckons its control "Remediate vulnerabilities": its maximum,
divided by the healthy and unhealthy, times the healthy. Counted are images; several registries are
pooled, never averaged. Images that are not applicable do not count, nor do disabled findings, which
make no image unhealthy. An image that nobody has judged counts neither way: `coverage` says which
share is judged. Where nothing counts there is no score, which is not a score of 0.
"""

from collections.abc import Mapping
from itertools import groupby

from msgspec.structs import asdict as fields_of

from core.answers.fleet import FleetScore, RegistryScore, Score, SubscriptionScore
from core.domain.values import Health
from core.query.parameters import AS_OF, Parameters
from core.query.standing import Standings
from core.query.totals import Totals, added_up, totals_of
from core.scanning.stale import Place

MAXIMUM = 6
"""Points of the control."""


class ScoreQueries:
    """Answers with the score."""

    def __init__(self, standings: Standings) -> None:
        self._standings = standings

    async def score(self, given: Mapping[str, str]) -> FleetScore:
        """The score of everything, of every subscription, and of every registry."""
        asked = Parameters(given, known=frozenset({AS_OF}))
        images = self._standings.of(asked).images
        totals = await totals_of(images, self._standings.shards)
        grouped = groupby(totals.items(), key=lambda one: one[0].subscription)
        return FleetScore(
            **fields_of(score_of(added_up(totals.values()))),
            subscriptions=[_subscription(name, dict(some)) for name, some in grouped],
        )


def score_of(totals: Totals) -> Score:
    """The score of images with those totals; points and shares are `None` where nothing counts."""
    healthy, unhealthy = totals[Health.HEALTHY], totals[Health.UNHEALTHY]
    judged, unscanned = healthy + unhealthy, totals[Health.UNSCANNED]
    return Score(
        max=MAXIMUM,
        current=round(MAXIMUM * healthy / judged, 2) if judged else None,
        percentage=round(100 * healthy / judged, 2) if judged else None,
        healthy=healthy,
        unhealthy=unhealthy,
        not_applicable=totals[Health.NOT_APPLICABLE],
        unscanned=unscanned,
        coverage=round(judged / (judged + unscanned), 4) if judged + unscanned else None,
    )


def _subscription(name: str, registries: Mapping[Place, Totals]) -> SubscriptionScore:
    return SubscriptionScore(
        subscription=name,
        **fields_of(score_of(added_up(registries.values()))),
        registries=[
            RegistryScore(registry=place.registry, **fields_of(score_of(total)))
            for place, total in registries.items()
        ],
    )
