"""Where the time of one push goes: its moments in order, and the stages between them.

The moments come from four clocks of one machine, which are one clock: the registry's (in the
event), the log's (in the image's timeline), the agent's (in its outcome) and the host's (in its
log file). A moment may be missing; its stage is then part of the next.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """What goes on until the next moment, in the order of the way."""

    NOTIFY = "event: registry, translator, webhook"
    QUEUE = "queue hop, claim a slot"
    ENTER = "start of the sandbox and its agent"
    FETCH = "fetch (pull)"
    CATALOGUE = "catalogue (Trivy in its cage)"
    REPORT = "deliver, queue hop"
    MATCH = "read, match, store findings"
    APPEND = "append, free the slot, hint hop"
    PROJECT = "project, answer"


NOT_OURS = (Stage.FETCH, Stage.CATALOGUE)
"""What somebody would wait for by hand as well; all else is the pipeline's own share."""

_RUN = re.compile(
    r"^(?P<at>\S+)Z INFO +\[(?P<function>\w+)\] succeeded in (?P<milliseconds>\d+) ms$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a function, as the host's log has it."""

    function: str
    began: datetime


def runs(log: str) -> list[Run]:
    """The runs that succeeded, in the order of their ends. The log tells when a run ended, and how
    long it took."""
    return [
        Run(
            function=line["function"],
            began=datetime.fromisoformat(line["at"] + "+00:00")
            - timedelta(milliseconds=int(line["milliseconds"])),
        )
        for line in map(_RUN.match, log.splitlines())
        if line is not None
    ]


def first_run(known: Iterable[Run], function: str, after: datetime) -> datetime | None:
    """When the function first began after that moment."""
    begun = (run.began for run in known if run.function == function and run.began >= after)
    return min(begun, default=None)


def split(start: datetime, ends: Mapping[Stage, datetime | None]) -> dict[Stage, float]:
    """Seconds of each stage, from when it ended. A stage whose end is not known took no time of
    its own, so the next one has it; the stages always add up to the whole."""
    taken: dict[Stage, float] = {}
    before = start
    for stage in Stage:
        end = ends.get(stage) or before
        taken[stage] = (end - before).total_seconds()
        before = end
    return taken


def total(stages: Mapping[Stage, float]) -> float:
    """All of it, in seconds."""
    return sum(stages.values())


def own_share(stages: Mapping[Stage, float]) -> float:
    """What the pipeline adds to a pull and an inventory, in seconds."""
    return sum(taken for stage, taken in stages.items() if stage not in NOT_OURS)
