"""The ledger: one line for each digest that was billed, by month."""

from collections.abc import Iterable, Mapping, Sequence

from core.domain.events import ImageBilled
from core.domain.recorded import Recorded
from core.projections.cells import instant
from core.projections.interface import Change, Needs, Set, ViewRows


class Billing:
    """The projection; see `core/projections/interface.py`."""

    name = "billing"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        return ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        match recorded.event:
            case ImageBilled(image=image) as billed:
                cells = {
                    "subscription": billed.subscription,
                    "registry": image.registry,
                    "repository": image.repository,
                    "digest": image.digest,
                    "scan": billed.scan,
                    "billed_at": instant(billed.billed_at),
                }
                month = instant(billed.billed_at)[:7]
                return (Set(f"{month_key(month)}{recorded.stream}", cells),)
            case _:
                return ()


def month_key(month: str) -> str:
    """What the rows of a month (`2026-11`) begin with."""
    return f"b|{month}|"
