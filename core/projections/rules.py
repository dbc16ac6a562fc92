"""Which subscriptions have, or had, disable rules: whoever applies rules begins here.

Row `s|<stream>` names a subscription. The rules themselves are read from their stream, exactly.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.domain.events import RuleExpired, RuleRemoved, RuleSet
from core.domain.recorded import Recorded
from core.projections.interface import Change, Needs, Set, ViewRows

PREFIX = "s|"


class RuleBooksView:
    """The projection; see `core/projections/interface.py`."""

    name = "rules"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        return ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        match recorded.event:
            case (
                RuleSet(subscription=subscription)
                | RuleRemoved(subscription=subscription)
                | RuleExpired(subscription=subscription)
            ):
                return (Set(f"{PREFIX}{recorded.stream}", {"subscription": subscription}),)
            case _:
                return ()
