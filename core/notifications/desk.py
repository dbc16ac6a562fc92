"""Where notices are written: what every process that has news needs for it."""

from datetime import datetime

import msgspec

from core.domain.findings import Finding
from core.domain.ids import command_id
from core.domain.image import Image
from core.domain.recorded import Recorded
from core.log.interface import EventLog
from core.notifications.deltas import Delta, Verdict
from core.notifications.notices import IMAGE_TYPE, Notice, image_notice
from core.notifications.outbox import Group, Outbox
from core.processes.dispatch import Dispatch
from core.rules.evaluation import rules_by_finding
from core.scanning.exploited import KnownExploitation
from core.storage.interface import Artifacts

_FINDINGS = msgspec.json.Decoder(list[Finding])


class NoticeDesk:
    """Reads verdicts, and writes notices into the outbox."""

    def __init__(
        self,
        log: EventLog,
        artifacts: Artifacts,
        outbox: Outbox,
        dispatch: Dispatch,
        exploitation: KnownExploitation,
        *,
        since: datetime,
    ) -> None:
        self._source = log.generation
        self._artifacts = artifacts
        self._outbox = outbox
        self._dispatch = dispatch
        self._exploitation = exploitation
        self._since = since

    def is_news(self, recorded: Recorded) -> bool:
        """Whether it happened since there is somebody to tell."""
        return recorded.at >= self._since

    async def verdict(self, image: Image) -> Verdict:
        """The image's health and findings, as its state names them."""
        if image.assessment is None:
            return Verdict(health=image.health, findings=())
        content = await self._artifacts.get(image.assessment.findings)
        findings = _FINDINGS.decode(content)
        exemptions = image.assessment.disabled.exemptions
        if exemptions is None:
            return Verdict(health=image.health, findings=findings)
        places = rules_by_finding(await self._artifacts.get(exemptions))
        return Verdict(
            health=image.health,
            findings=[one for place, one in enumerate(findings) if place not in places],
            disabled=[one for place, one in enumerate(findings) if place in places],
        )

    async def write(
        self, recorded: Recorded, image: Image, delta: Delta, *, cause: str, group: Group | None
    ) -> None:
        """Put what changed about an image, because of that event, into the outbox, and say so."""
        known = await self._exploitation.now()

        def exploited(finding: Finding) -> bool:
            if finding in delta.exploited:
                return True  # what was published just now may not be known here yet
            return known is not None and known.of(finding.cves).known_exploited

        told = image_notice(image, delta, exploited, cause=cause, at=recorded.at)
        notice = Notice(
            id=command_id(self._source, recorded.shard, recorded.position, delta.kind, image.name),
            type=f"{IMAGE_TYPE}{delta.kind}",
            source=f"/pratique/{self._source}",
            subject=str(image.name),
            time=recorded.at,
            data=msgspec.json.encode(told),
        )
        part = command_id(image.name)
        await self._outbox.add(recorded, notice, group, part=part)
        await self._dispatch.notices()
