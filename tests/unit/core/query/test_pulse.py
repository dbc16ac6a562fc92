"""One line says how everything stands, in the words that the shipped alerts look for."""

import json
import re
from pathlib import Path

from core.log import layout
from core.projections.partition import CHECKPOINT
from core.query.pulse import WORD, Pulse
from core.query.shapes import Json
from core.storage.interface import Put
from core.storage.memory import MemoryRows
from tests.support.desk import Desk

ALERTS = Path(__file__).parents[4] / "infra/modules/alerts.bicep"


def read(line: str) -> dict[str, Json]:
    assert line.startswith(WORD)
    assert "\n" not in line
    told: dict[str, Json] = json.loads(line.removeprefix(WORD))
    return told


def at(told: Json, path: str) -> Json:
    """What stands there, or a KeyError."""
    for name in path.split("."):
        assert isinstance(told, dict)
        told = told[name]
    return told


async def test_everything_that_an_alert_asks_for_is_there(app: Desk) -> None:
    app.sandboxes.patient = True
    for number in range(1, 8):
        await app.push(number)
    await app.app.drain()
    told = read(await app.app.services.answers.pulse.line())
    asked = re.findall(r"\(pulse\.([a-zA-Z.]+)", ALERTS.read_text())
    assert len(asked) >= 5
    for path in asked:
        at(told, path)
    assert at(told, "images.images") == 7
    assert isinstance(at(told, "work.backlog.push.seconds"), int)


async def test_a_view_that_stands_still_is_named(app: Desk) -> None:
    rows = MemoryRows()
    await rows.commit(layout.partition(3), [Put(CHECKPOINT, {"halted": "KeyError: x"})])
    services = app.app.services
    pulse = Pulse(services.answers.operations, services.answers.summary, {"images": rows}, 16)
    assert read(await pulse.line())["halted"] == ["images 3: KeyError: x"]
