"""The rules in force, exactly: one small read says whether what is known still holds."""

from core.domain.ids import rules_stream
from core.domain.rules import RULES, RuleBook
from core.log.handle import restore
from core.log.interface import EventLog


class RuleBooks:
    """Reads subscriptions' rules. A book of many rules outgrows its snapshot's row, and is folded
    from its history; so it is kept for as long as its version is the stream's."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._known: dict[str, RuleBook] = {}

    async def current(self, subscription: str) -> RuleBook:
        """The rules of that subscription now."""
        stream = await self._log.load(rules_stream(subscription))
        known = self._known.get(subscription)
        if known is None or known.version != stream.version:
            known = self._known[subscription] = await restore(self._log, RULES, stream)
        return known
