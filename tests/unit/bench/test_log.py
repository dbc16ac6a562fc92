"""The log is measured beside the bare SDK, and the tables say what is compared with what."""

import pytest
from azure.data.tables.aio import TableServiceClient

from bench.log import rate_table, times
from bench.log_bare import Bare, KeptRows
from bench.log_meter import Appends, Rates
from bench.log_rebuild import Rebuilt, rebuild_table
from core.storage.interface import Delete, Insert, Put, Write
from core.storage.memory import MemoryRows
from dev.stack.azurite import Azurite
from tests.support.tables import unique_name


def test_an_append_stands_beside_the_bare_transaction_of_its_own_log() -> None:
    short = Appends(events=0, bare=0.010, warm=0.013, cold=0.020, load=0.004)
    long = Appends(events=200_000, bare=0.020, warm=0.030, cold=0.040, load=0.004)
    bare, warm, _, load = times(short, long).rows
    assert warm == ("append, warm", "13.0 ms", "30.0 ms", "1.30 x", "1.50 x", "2.31 x", "1.5")
    assert bare[3:6] == ("1.00 x", "1.00 x", "2.00 x")
    assert load[5] == "1.00 x"


def test_rates_stand_beside_what_they_are_compared_with() -> None:
    rates = Rates(
        single=50,
        grouped=200,
        bare_single=100,
        bare_grouped=350,
        alone=50,
        crowded=35,
        project=300,
        bare=400,
    )
    ratios = [row[3] for row in rate_table(rates).rows]
    assert ratios == ["4.00 x", "3.50 x", "70%", "75%"]


def test_a_rebuild_stands_beside_its_rows_read_and_written_bare() -> None:
    rebuilt = Rebuilt(events=100_000, rows=2_500, rebuild=12.0, bare=10.0)
    section = rebuild_table(rebuilt)
    assert section.rows == [("rebuild", "12.00 s", "10.00 s", "1.20 x", "1.5 x")]
    assert "100,000 events" in section.measured


async def test_what_a_table_is_given_is_kept_until_somebody_looks() -> None:
    rows = KeptRows(MemoryRows())
    await rows.commit("p", [Insert("a", {"n": 1})])
    await rows.commit("p", [Insert("b", {"n": 2})])
    assert rows.take() == [[Insert("a", {"n": 1})], [Insert("b", {"n": 2})]]
    assert rows.take() == []
    assert await rows.get("p", "b") is not None


@pytest.mark.azurite
async def test_the_same_rows_are_written_anew_each_time_where_nothing_stands(
    azurite: Azurite,
) -> None:
    commits: list[list[Write]] = [
        [Insert("a", {"n": 1}), Put("b", {"text": "x"})],
        [Delete("a"), Put("c", {})],
    ]
    async with TableServiceClient.from_connection_string(azurite.connection_string) as service:
        table = await service.create_table(unique_name())
        bare = Bare(table)
        assert await bare.write(commits) > 0
        assert await bare.write(commits) > 0
        found = [(one["PartitionKey"], one["RowKey"]) async for one in table.list_entities()]
    assert found == [(place, key) for place in ("000000001", "000000002") for key in "abc"]
