"""What stands in the place of what was erased."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Something happened, and what it was was removed with all that was known of a subscription.

    It stands where that event stood, in a copy of the log (`core/erasure`). It changes no state and
    no view: a stream of nothing else is one of which nothing is known.
    """

    schema: ClassVar[int] = 1
