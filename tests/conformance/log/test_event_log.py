"""The event log keeps its contract, in memory and in Table Storage."""

import pytest

from core.errors import StorageUnavailable
from core.storage.account import Account
from core.storage.blobs import BlobArtifacts
from core.storage.interface import Artifacts, Tables
from core.storage.memory import MemoryArtifacts, MemoryTables
from dev.recording import Recorder
from tests.conformance.log.corruption import Corruption
from tests.conformance.log.cost import Cost
from tests.conformance.log.disk import Disk, append_to
from tests.conformance.log.faults import Faulty
from tests.conformance.log.limits import Large, Limits
from tests.conformance.log.once import Once, Together
from tests.conformance.log.racing import Racing
from tests.conformance.log.reading import Reading
from tests.support.samples import at
from tests.support.tally import TALLY, add, stream, streams_of


class EventLogContract(Reading, Once, Together, Racing, Faulty, Limits, Large, Corruption, Cost):
    """All that is promised of a log."""


class TestLogInMemory(EventLogContract):
    @pytest.fixture
    def tables(self) -> Tables:
        return MemoryTables()

    @pytest.fixture
    def artifacts(self) -> Artifacts:
        return MemoryArtifacts()


@pytest.mark.azurite
class TestLogInTableStorage(EventLogContract):
    errors = (StorageUnavailable,)
    lengths = (1,)
    decider = TALLY

    @pytest.fixture
    def tables(self, account: Account) -> Tables:
        return account.tables

    @pytest.fixture
    def artifacts(self, forgetful: BlobArtifacts) -> Artifacts:
        return forgetful

    async def test_the_exact_requests_of_each_operation(
        self, disk: Disk, recorder: Recorder
    ) -> None:
        log, key = await disk.process(), stream(1)
        recorder.take()
        await add(log, key, 1, once="cold")
        assert _asked(recorder) == [f"read row s|{key}", "read row !head", "commit"]
        await add(log, key, 2, 3, once="warm")
        assert _asked(recorder) == [f"read row s|{key}", "commit"]
        await log.load(key)
        assert _asked(recorder) == [f"read row s|{key}"]
        await log.head(log.shard_of(key))
        assert _asked(recorder) == ["read row !head"]
        await log.read(log.shard_of(key), after=0)
        assert _asked(recorder) == ["query"]

    async def test_a_group_of_streams_costs_one_transaction(
        self, disk: Disk, recorder: Recorder
    ) -> None:
        log = await disk.process()
        loaded = [await log.load(each) for each in streams_of(log, 3, 20)]
        await log.head(3)
        recorder.take()
        await log.append([append_to(each, 1, command=each.id) for each in loaded], now=at(0))
        assert _asked(recorder) == ["read row !head", "commit"]


def _asked(recorder: Recorder) -> list[str]:
    return [f"{one.operation} {one.key}".strip() for one in recorder.take()]
