"""The journeys are shown where a terminal can move and where it cannot."""

import io

from rich.console import Console

from core.domain.values import Health
from dev.demo.board import board, table
from tests.unit.dev.demo.shapes import arrived, image


def test_without_a_terminal_there_is_a_line_for_each_step_and_no_more() -> None:
    out = io.StringIO()
    journey = arrived("[bold]A\x1bpp")
    with board(Console(file=out)) as watch:
        watch([journey])
        watch([journey])
        journey.see([image(stage="running", health=Health.UNSCANNED)], 12.0)
        watch([journey])
        journey.see([image()], 12.5)
        watch([journey])
    names = [line.partition("  [")[2] for line in out.getvalue().splitlines()]
    assert names == ["bold]A�pp: pushed", "bold]A�pp: scanning", "bold]A�pp: verdict"]
    assert out.getvalue().splitlines()[-1].startswith("   2.5 s")


def test_a_terminal_shows_a_row_for_each_image_and_clears_it_in_the_end() -> None:
    out = io.StringIO()
    with board(Console(file=out, force_terminal=True, width=80)) as watch:
        watch([arrived("One"), arrived("Two")])
    assert "One" in out.getvalue()
    assert "Two" in out.getvalue()
    assert "\x1b[?25h" in out.getvalue()  # the cursor is shown again


def test_beads_are_filled_up_to_the_step() -> None:
    out = io.StringIO()
    journey = arrived("One")
    journey.see([image(stage="running", health=Health.UNSCANNED)], 12.0)
    Console(file=out, width=80).print(table([journey], 13.0))
    assert out.getvalue().split() == ["One", "●─●─●─○─○", "scanning", "3.0", "s"]
