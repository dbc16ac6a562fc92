"""An image that was assessed with rules that are no longer in force is matched with them anew.

Whoever completes a scan applies the rules that he has read, and they may be changed before his fact
stands in the log. When rules change, `core/rules/applying.py` looks at all images that the log knew
by then; this looks at those that come later. Between the two, none is left with older rules.
"""

from collections.abc import Iterable

from core.domain.events import ImagePushed, RulesApplied, ScanCompleted
from core.domain.image import IMAGE, Image
from core.domain.image.commands import ApplyRules
from core.domain.recorded import Recorded
from core.domain.values import Disabled
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.processes.states import ImageStates
from core.rules.rulings import Rulings, known_subject


class RuleProcess:
    """Follows verdicts, and pushes that may have brought an image under other rules."""

    name = "rulings"

    def __init__(self, log: EventLog, images: ImageStates, rulings: Rulings) -> None:
        self._log = log
        self._images = images
        self._rulings = rulings

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        match recorded.event:
            case ScanCompleted() | RulesApplied():
                return await self._look(recorded, cause)
            case ImagePushed() if recorded.version > 1:
                return await self._look(recorded, cause)
            case _:
                return None

    async def _look(self, recorded: Recorded, cause: Cause) -> set[int] | None:
        image = await self._images.behind(recorded)
        subject = known_subject(image)
        if image.assessment is None or subject is None:
            return None
        if not image.assessment.counts.total or not await self._outdated(image):
            return None
        disabled = await self._rulings.on_stored(subject, image.assessment.findings)
        command = ApplyRules(findings=image.assessment.findings, disabled=disabled)
        return {(await handle(self._log, IMAGE, recorded.stream, command, cause)).shard}

    async def _outdated(self, image: Image) -> bool:
        """Whether other rules, or other forecasts, hold than those that were applied."""
        applied = image.assessment.disabled if image.assessment else Disabled()
        book = await self._rulings.books.current(image.subscription)
        if book.version == 0 and applied.exemptions is None:
            return False
        forecast = await self._rulings.forecast(book)
        held = (applied.subscription, applied.rules_version, applied.forecast)
        return held != (image.subscription, book.version, forecast.name)
