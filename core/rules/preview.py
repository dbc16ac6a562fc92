"""What a rule would disable, before anybody sets it: nothing is recorded.

It tells what the rule adds to those in force, as the images' view shows them: a finding that
another rule disables already is counted apart. Indexes have no findings of their own, and follow
their images.
"""

import asyncio
import itertools
from dataclasses import dataclass, field

from core.domain.criteria import Criteria
from core.domain.findings import Finding
from core.domain.values import Health, ImageName, SeverityCounts
from core.rules.evaluation import meets, rules_by_finding
from core.rules.interface import Forecast, Forecasts, Probability
from core.rules.rulings import read_findings
from core.rules.subjects import Judged, Subjects
from core.storage.interface import Artifacts

MAX_IMAGES = 5_000
"""Images whose findings one preview reads at most: whoever asks waits for it."""
MAX_SHOWN = 100
"""Images of other health that a preview names."""
MAX_EXAMPLES = 10
_OF_ONE_IMAGE = 3
"""Examples, so that they do not all come from one image."""
_AT_A_TIME = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule would do to one image."""

    image: ImageName
    disabled: tuple[Finding, ...]
    """The findings that it would disable and no rule disables now."""
    already: int
    """Findings that it fits and that rules disable now."""
    before: Health
    after: Health


@dataclass(slots=True, kw_only=True)
class Preview:
    """What a rule would do."""

    looked_at: int = 0
    """Images with findings that it concerns."""
    complete: bool = True
    """Whether all of them were looked at; else the numbers are those of the first ones."""
    images: int = 0
    """In which it would disable something."""
    counts: SeverityCounts = field(default_factory=SeverityCounts)
    """The findings that it would disable."""
    already: int = 0
    changes: int = 0
    """Images that would have another health."""
    changed: list[Effect] = field(default_factory=list)
    """The first of them."""
    examples: list[tuple[ImageName, Finding]] = field(default_factory=list)

    def add(self, effect: Effect) -> None:
        """Count one image in."""
        self.looked_at += 1
        self.already += effect.already
        self.images += bool(effect.disabled)
        self.counts += SeverityCounts.of(one.severity for one in effect.disabled)
        if effect.before is not effect.after:
            self.changes += 1
            self.changed += [effect] if len(self.changed) < MAX_SHOWN else []
        room = min(MAX_EXAMPLES - len(self.examples), _OF_ONE_IMAGE)
        self.examples += [(effect.image, one) for one in effect.disabled[:room]]


class Previews:
    """Looks at what a rule would do."""

    def __init__(
        self, subjects: Subjects, shards: int, artifacts: Artifacts, forecasts: Forecasts
    ) -> None:
        self._subjects = subjects
        self._shards = shards
        self._artifacts = artifacts
        self._forecasts = forecasts

    async def of(self, subscription: str, criteria: Criteria) -> Preview:
        """What a rule of those criteria would do to that subscription's images."""
        asks = criteria.epss_below is not None
        probability = (await self._forecasts.current() if asks else Forecast()).probability
        preview = Preview()
        for shard in range(self._shards):
            found = self._subjects.with_findings(shard, subscription)
            concerned = [one async for one in found if criteria.meets_image(one.subject)]
            taken = concerned[: MAX_IMAGES - preview.looked_at]
            preview.complete = preview.complete and len(taken) == len(concerned)
            for some in itertools.batched(taken, _AT_A_TIME, strict=False):
                looks = (self._effect(one, criteria, probability) for one in some)
                for effect in await asyncio.gather(*looks):
                    preview.add(effect)
        return preview

    async def _effect(self, judged: Judged, criteria: Criteria, probability: Probability) -> Effect:
        findings = read_findings(await self._artifacts.get(judged.findings))
        ruled = (
            rules_by_finding(await self._artifacts.get(judged.exemptions))
            if judged.exemptions
            else {}
        )
        fitting = {
            place: one for place, one in enumerate(findings) if meets(criteria, one, probability)
        }
        disabled = tuple(one for place, one in fitting.items() if place not in ruled)
        return Effect(
            image=judged.subject.image,
            disabled=disabled,
            already=len(fitting) - len(disabled),
            before=judged.health,
            after=_health(judged, len(disabled)),
        )


def _health(judged: Judged, disabled: int) -> Health:
    """The image's health without those findings: never clean where something was left out."""
    if not disabled or judged.counts.total > disabled:
        return judged.health
    return Health.UNSCANNED if judged.left_out else Health.HEALTHY
