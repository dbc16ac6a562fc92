"""The event log keeps its contract, in memory and in Table Storage."""

import pytest

from core.errors import StorageUnavailable
from core.storage.account import Account
from core.storage.interface import Artifacts, Tables
from core.storage.memory import MemoryArtifacts, MemoryTables
from tests.conformance.log.corruption import Corruption
from tests.conformance.log.cost import Cost
from tests.conformance.log.faults import Faulty
from tests.conformance.log.limits import Large, Limits
from tests.conformance.log.once import Once, Together
from tests.conformance.log.racing import Racing
from tests.conformance.log.reading import Reading
from tests.support.tally import TALLY


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
    def artifacts(self, account: Account) -> Artifacts:
        return account.artifacts
