"""Every decision has a line that says what it was about, and counts once."""

import logging
from pathlib import Path

import msgspec
import pytest

from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import RecordDeletion, RecordPull
from core.domain.values import FailureCause
from core.errors import StorageUnavailable
from core.log.handle import Cause, handle, load_state
from core.log.sharded import open_log
from core.sandbox.interface import Status
from core.telemetry import decisions
from core.telemetry.decisions import WORD, Decision
from dev.inprocess import Delivered
from tests.faults.storage import Faults, Loss
from tests.support.desk import Desk, desk
from tests.support.instruments import Instruments
from tests.support.samples import at, digest, image_name


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger=decisions.__name__)
    return caplog


@pytest.fixture
def instruments() -> Instruments:
    return Instruments()


@pytest.fixture
async def app(advisories: Path, instruments: Instruments) -> Desk:
    return await desk(advisories, telemetry=instruments)


def said(lines: pytest.LogCaptureFixture, number: int = 1) -> list[Decision]:
    """What was said of image `number` so far."""
    messages = [one.getMessage() for one in lines.records if one.name == decisions.__name__]
    assert all(one.startswith(WORD) and "\n" not in one for one in messages)
    told = [msgspec.json.decode(one.removeprefix(WORD), type=Decision) for one in messages]
    return [one for one in told if one.stream == image_stream(image_name(number))]


async def test_a_story_is_told_line_by_line_as_the_log_has_it(
    app: Desk, lines: pytest.LogCaptureFixture
) -> None:
    await app.push()
    await app.app.drain()
    told = said(lines)
    history = await app.history()
    assert [name for one in told for name in one.decided] == await app.story()
    assert {one.image for one in told} == {str(image_name(1))}
    by_position = {one.position: one for one in history}
    for one in told:
        recorded = by_position[one.position]
        assert (one.shard, one.command) == (recorded.shard, recorded.command)
        assert (one.correlation, one.causation) == (recorded.correlation, recorded.causation)
        assert not one.repeated
    assert told[0].correlation == history[0].correlation == "event-1"
    scan = (await app.image()).scan
    assert scan is not None
    assert {one.scan for one in told} == {scan.id}


async def test_a_failure_says_why(app: Desk, lines: pytest.LogCaptureFixture) -> None:
    cause = {"cause": FailureCause.PULL_DENIED, "message": "no; key=abc"}
    app.sandboxes.brings[digest(1)] = Delivered(status=Status.FAILED, parts=cause)
    await app.push()
    await app.app.drain()
    last = said(lines)[-1]
    assert (last.decided, last.failure) == (["ScanFailed"], "pull-denied")
    assert "key=abc" not in lines.text


async def test_what_is_repeated_decides_nothing_and_says_nothing(
    app: Desk, lines: pytest.LogCaptureFixture, instruments: Instruments
) -> None:
    event = app.pushed()
    for _ in range(5):
        await app.app.services.scanning.intake.take(event)
    assert len(said(lines)) == 1
    assert instruments.total("decisions", "ImagePushed") == 1


async def test_an_answer_that_was_lost_is_told_as_repeated_and_not_counted(
    advisories: Path, lines: pytest.LogCaptureFixture
) -> None:
    repeated = 0
    for call in range(1, 9):
        instruments = Instruments()
        faults = Faults(at=frozenset(), loss=Loss.ANSWER)
        one = await desk(advisories, by=faults, telemetry=instruments)
        event = one.pushed()
        faults.calls, faults.at = 0, frozenset({call})
        lines.clear()
        try:
            await one.app.services.scanning.intake.take(event)
        except StorageUnavailable:
            await one.app.services.scanning.intake.take(event)
        told = said(lines)
        faults.at = frozenset()
        assert await one.story() == ["ImagePushed", "ScanRequested"]
        assert len(told) <= 1
        repeated += sum(line.repeated for line in told)
        counted = instruments.total("decisions", "ImagePushed")
        assert counted == sum(not line.repeated for line in told)
    assert repeated == 1


async def test_a_race_that_was_lost_is_counted(app: Desk, instruments: Instruments) -> None:
    await app.push(1)
    rival = await open_log(await app.account.tables.open("log"), app.account.artifacts)
    stream = image_stream(image_name(1))
    cause = Cause(command=command_id("rival"), correlation="", causation="")
    ours = await load_state(app.app.services.log, IMAGE, stream)
    await handle(rival, IMAGE, stream, RecordPull(day=at(0).date()), cause)
    command = RecordDeletion(deleted_at=at(9))
    mine = Cause(command=command_id("mine"), correlation="", causation="")
    await handle(app.app.services.log, IMAGE, stream, command, mine, known=ours)
    assert instruments.total("lost_races") >= 1
    assert (await app.story())[-2:] == ["ImagePulled", "ImageDeleted"]


async def test_from_push_to_findings_is_measured_for_pushes_alone(
    app: Desk, instruments: Instruments
) -> None:
    await app.push()
    await app.app.drain()
    assert len(instruments.told["push_to_findings", ""]) == 1
    assert instruments.total("push_to_findings") >= 0
    await app.ask()
    await app.app.drain()
    assert instruments.total("decisions", "ScanCompleted") == 2
    assert len(instruments.told["push_to_findings", ""]) == 1
