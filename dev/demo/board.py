"""Shows the journeys while they last: a table that moves, or lines where nothing can move."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dev.demo.journey import STEPS, Journey, Step
from dev.demo.run import Watch
from dev.demo.text import clean, shown

_PER_SECOND = 8


@contextmanager
def board(console: Console) -> Iterator[Watch]:
    """What shows the journeys on that console for as long as the block lasts."""
    if not console.is_terminal:
        yield _Lines(console).watch
        return
    with Live(console=console, refresh_per_second=_PER_SECOND, transient=True) as live:
        yield lambda journeys: live.update(table(journeys, time.monotonic()))


def table(journeys: Sequence[Journey], now: float) -> Table:
    """A row for each image: how far it is, and for how long it has been on its way."""
    rows = Table(box=None, pad_edge=False, show_header=False, padding=(0, 3, 0, 0))
    for journey in journeys:
        rows.add_row(
            shown(journey.subject.name),
            _track(journey.step),
            Text(journey.step, style=_style(journey.step)),
            Text(_time(journey, now), style="dim", justify="right"),
        )
    return rows


class _Lines:
    """A line for each image that has come a step further."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen: dict[str, Step] = {}

    def watch(self, journeys: Sequence[Journey]) -> None:
        for journey in journeys:
            name = clean(journey.subject.name)
            if self._seen.get(name, Step.PUSHING) is not journey.step:
                self._seen[name] = journey.step
                since = _time(journey, time.monotonic())
                line = f"{since:>8}  {name}: {journey.step}"
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _track(step: Step) -> Text:
    """The steps as beads on a string, those that are behind it filled."""
    behind = STEPS.index(step)
    beads = Text()
    for number in range(1, len(STEPS)):
        filled = number <= behind
        beads.append("●" if filled else "○", style=_style(step) if filled else "dim")
        beads.append("" if number == len(STEPS) - 1 else "─", style="dim")
    return beads


def _style(step: Step) -> str:
    return {Step.PUSHING: "dim", Step.VERDICT: "green"}.get(step, "cyan")


def _time(journey: Journey, now: float) -> str:
    if journey.step is Step.PUSHING:
        return ""
    passed = now - journey.pushed_at if journey.seconds is None else journey.seconds
    return f"{passed:.1f} s"
