"""What any `Tables` and `Rows` must do. An implementation's test class inherits this."""

from collections.abc import Sequence

import pytest

from core.errors import InvalidInput, LimitExceeded, RowConflict, StorageUnavailable
from core.storage.interface import (
    Cell,
    Cells,
    Delete,
    Insert,
    Put,
    Replace,
    Rows,
    Tables,
    Where,
    Write,
)
from tests.support.tables import all_rows, unique_name

MANY: Cells = {f"p{index}": 0 for index in range(253)}
HALF_A_CHARACTER = "\ud800"

REFUSED: dict[str, tuple[str, Sequence[Write]]] = {
    "no rows": ("p", []),
    "101 rows": ("p", [Put(f"k{index:03d}", {}) for index in range(101)]),
    "one row twice": ("p", [Put("k", {}), Delete("k")]),
    "a partition with a slash": ("a/b", [Put("k", {})]),
    "a key with a slash": ("p", [Put("a/b", {})]),
    "a key with a backslash": ("p", [Put("a\\b", {})]),
    "a key with a hash": ("p", [Put("a#b", {})]),
    "a key with a question mark": ("p", [Put("a?b", {})]),
    "a key with a percent sign": ("p", [Put("a%2Fb", {})]),
    "a key with a line feed": ("p", [Put("a\nb", {})]),
    "a key with half a character": ("p", [Put(HALF_A_CHARACTER, {})]),
    "a key of 513 characters": ("p", [Put("k" * 513, {})]),
    "the key of a deletion": ("p", [Delete("a/b")]),
    "253 properties": ("p", [Put("k", MANY)]),
    "a property named like a key": ("p", [Put("k", {"RowKey": "other"})]),
    "a property named with a dash": ("p", [Put("k", {"a-b": 1})]),
    "a property without a name": ("p", [Put("k", {"": 1})]),
    "a string of 64 KiB and two bytes": ("p", [Put("k", {"s": "x" * 32769})]),
    "wide characters beyond 64 KiB": ("p", [Put("k", {"s": "\U0001f6a2" * 16385})]),
    "bytes beyond 64 KiB": ("p", [Put("k", {"b": b"x" * 65537})]),
    "a string with half a character": ("p", [Put("k", {"s": HALF_A_CHARACTER})]),
    "a number of 65 bits": ("p", [Put("k", {"n": 2**63})]),
    "a row beyond 1 MiB": ("p", [Put("k", {f"b{index}": b"x" * 65536 for index in range(16)})]),
    "5 MiB in all": ("p", [Put(f"k{index}", {"b": b"x" * 65536}) for index in range(80)]),
    "4 MiB of quotes, once escaped": (
        "p",
        [Put(f"k{index}", {"s": '"' * 32768}) for index in range(64)],
    ),
}
"""Transactions beyond a limit of Table Storage, each with what is wrong with it."""

NOT_TOKENS = ["!", "x", "é", "bnVsbA==", "WzEsMl0=", "e30=", "WyJhIl0=", "W" * 20_000, "WyJh\n"]
"""Words that no scan ever gave out."""


class RowsContract:
    """Give a `tables` fixture; the rest follows."""

    @pytest.fixture
    async def rows(self, tables: Tables) -> Rows:
        return await tables.open(unique_name())

    async def test_a_row_that_is_not_there_reads_as_none(self, rows: Rows) -> None:
        assert await rows.get("p", "k") is None

    async def test_an_inserted_row_reads_back(self, rows: Rows) -> None:
        etags = await rows.commit("p", [Insert("k", {"text": "a"})])
        row = await rows.get("p", "k")
        assert row is not None
        assert (row.partition, row.key, row.cells) == ("p", "k", {"text": "a"})
        assert row.etag == etags["k"]

    async def test_inserting_an_existing_row_conflicts(self, rows: Rows) -> None:
        await rows.commit("p", [Insert("k", {"n": 1})])
        with pytest.raises(RowConflict):
            await rows.commit("p", [Insert("k", {"n": 2})])

    async def test_a_row_is_replaced_whole_under_its_etag(self, rows: Rows) -> None:
        first = (await rows.commit("p", [Insert("k", {"old": 1})]))["k"]
        second = (await rows.commit("p", [Replace("k", {"new": 2}, first)]))["k"]
        row = await rows.get("p", "k")
        assert first != second
        assert row is not None
        assert (row.cells, row.etag) == ({"new": 2}, second)

    async def test_an_etag_that_was_read_replaces_too(self, rows: Rows) -> None:
        await rows.commit("p", [Insert("k", {"n": 1})])
        row = await rows.get("p", "k")
        assert row is not None
        assert (await rows.scan()).rows == (row,)
        await rows.commit("p", [Replace("k", {"n": 2}, row.etag)])

    async def test_a_stale_etag_conflicts_even_when_the_row_is_as_before(self, rows: Rows) -> None:
        stale = (await rows.commit("p", [Insert("k", {"n": 1})]))["k"]
        await rows.commit("p", [Put("k", {"n": 1})])
        with pytest.raises(RowConflict):
            await rows.commit("p", [Replace("k", {"n": 2}, stale)])
        with pytest.raises(RowConflict):
            await rows.commit("p", [Delete("k", stale)])

    async def test_replacing_a_row_that_is_gone_conflicts(self, rows: Rows) -> None:
        etag = (await rows.commit("p", [Insert("k", {})]))["k"]
        await rows.commit("p", [Delete("k")])
        with pytest.raises(RowConflict):
            await rows.commit("p", [Replace("k", {}, etag)])

    async def test_putting_writes_whatever_is_there(self, rows: Rows) -> None:
        await rows.commit("p", [Put("k", {"old": 1})])
        await rows.commit("p", [Put("k", {"new": 2})])
        row = await rows.get("p", "k")
        assert row is not None
        assert row.cells == {"new": 2}

    async def test_deleting_needs_a_row(self, rows: Rows) -> None:
        etag = (await rows.commit("p", [Insert("k", {}), Insert("l", {})]))["k"]
        assert await rows.commit("p", [Delete("k", etag), Delete("l")]) == {}
        assert await all_rows(rows) == []
        with pytest.raises(RowConflict):
            await rows.commit("p", [Delete("k")])

    @pytest.mark.parametrize("failing", ["insert", "replace", "delete"])
    async def test_a_conflict_anywhere_leaves_the_table_untouched(
        self, rows: Rows, failing: str
    ) -> None:
        stale = (await rows.commit("p", [Insert("there", {"n": 1})]))["there"]
        await rows.commit("p", [Put("there", {"n": 2}), Put("changed", {"n": 1}), Put("gone", {})])
        before = await all_rows(rows)
        conflicts: dict[str, Write] = {
            "insert": Insert("there", {"n": 3}),
            "replace": Replace("there", {"n": 3}, stale),
            "delete": Delete("there", stale),
        }
        writes: list[Write] = [Insert("new", {}), Put("changed", {"n": 9}), Delete("gone")]
        writes.append(conflicts[failing])
        for order in (writes, writes[::-1]):
            with pytest.raises(RowConflict):
                await rows.commit("p", [*order, Put("zz", {})])
            assert await all_rows(rows) == before

    async def test_a_transaction_holds_100_rows(self, rows: Rows) -> None:
        etags = await rows.commit("p", [Insert(f"k{index:02d}", {}) for index in range(100)])
        assert len(etags) == 100
        assert len(await all_rows(rows)) == 100

    @pytest.mark.parametrize("case", REFUSED)
    async def test_a_limit_is_refused(self, rows: Rows, case: str) -> None:
        partition, writes = REFUSED[case]
        with pytest.raises(LimitExceeded):
            await rows.commit(partition, writes)

    async def test_a_row_just_within_the_limits_is_taken(self, rows: Rows) -> None:
        cells: dict[str, Cell] = {f"b{index}": b"x" * 65_536 for index in range(15)}
        cells |= {f"p{index}": index for index in range(235)}
        cells |= {"s": "\N{SNOWMAN}" * 3_000, "w": "\U0001f6a2" * 1_000}
        await rows.commit("p", [Insert("k" * 512, cells)])
        row = await rows.get("p", "k" * 512)
        assert row is not None
        assert row.cells == cells

    @pytest.mark.parametrize("name", ["", "ab", "1abc", "with_underscore", "a" * 64, "a/b"])
    async def test_a_table_needs_a_name_of_letters_and_digits(
        self, tables: Tables, name: str
    ) -> None:
        with pytest.raises(LimitExceeded):
            await tables.open(name)

    @pytest.mark.parametrize(
        "cell",
        [
            *(0, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63)),
            *(0.0, 1.0, -2.5, 1e300, True, False),
            *(b"", b"\x00\xff", "", "text", "it's", '"\\'),
        ],
    )
    async def test_a_cell_keeps_its_value_and_type(self, rows: Rows, cell: Cell) -> None:
        await rows.commit("p", [Insert("k", {"cell": cell})])
        row = await rows.get("p", "k")
        assert row is not None
        assert row.cells == {"cell": cell}
        assert type(row.cells["cell"]) is type(cell)
        assert (await all_rows(rows))[0].cells == row.cells

    @pytest.mark.parametrize(
        "text",
        [
            "Grüße \N{SNOWMAN} \U0001f6a2",
            "line\r\nline\n\n--batch_0\r\nContent-Type: application/http\r\n\r\n",
            "--changeset_0--\r\nPOST http://x/y HTTP/1.1\r\n\r\n{}",
            "\x00\x01\x1f\x7f\x85\u2028\ufeff\uffff",
            "2026-01-01T00:00:00Z",
            "<b>&amp;</b>{}[]%20+ '' \"\" \\u0041",
            " leading and trailing ",
        ],
        ids=["unicode", "boundary", "request", "controls", "a time", "markup", "spaces"],
    )
    async def test_hostile_text_comes_back_as_it_was(self, rows: Rows, text: str) -> None:
        await rows.commit("p", [Insert("k", {"text": text}), Insert("l", {"n": 1})])
        row = await rows.get("p", "k")
        assert row is not None
        assert row.cells == {"text": text}
        found = await rows.scan([Where("text", "eq", text)])
        assert [one.key for one in found.rows] == ["k"]

    @pytest.mark.parametrize(
        "key", ["!head", "e|000000000001", "sha256:ab", "it's", "''", "a b", "a+b", "ü|\N{SNOWMAN}"]
    )
    async def test_any_key_that_is_allowed_works_everywhere(self, rows: Rows, key: str) -> None:
        etag = (await rows.commit(key, [Insert(key, {"n": 1}), Insert(f"{key}2", {})]))[key]
        row = await rows.get(key, key)
        assert row is not None
        assert [one.key for one in await rows.range(key, key, key + "1", limit=9)] == [key]
        etag = (await rows.commit(key, [Replace(key, {"n": 2}, etag)]))[key]
        await rows.commit(key, [Delete(key, etag)])
        assert await rows.get(key, key) is None

    async def test_a_range_is_ordered_half_open_and_of_one_partition(self, rows: Rows) -> None:
        await rows.commit("p", [Insert(key, {}) for key in ("c", "a", "d", "b", "B", "a1")])
        await rows.commit("o", [Insert("b", {})])
        await rows.commit("q", [Insert("b", {})])
        found = await rows.range("p", "a", "c", limit=10)
        assert [(row.partition, row.key) for row in found] == [("p", "a"), ("p", "a1"), ("p", "b")]
        assert [row.key for row in await rows.range("p", "a", "d", limit=2)] == ["a", "a1"]
        assert await rows.range("p", "a", "d", limit=0) == []
        assert await rows.range("p", "x", "z", limit=10) == []
        assert await rows.range("none", "a", "z", limit=10) == []

    async def test_a_range_is_not_cut_at_a_page(self, rows: Rows) -> None:
        for hundred in range(11):
            writes = [Insert(f"k{hundred * 100 + index:04d}", {}) for index in range(100)]
            await rows.commit("p", writes)
        found = await rows.range("p", "k", "l", limit=1_000_000)
        assert [row.key for row in found] == [f"k{index:04d}" for index in range(1100)]
        assert len(await rows.range("p", "k", "l", limit=1050)) == 1050
        first = await rows.scan(limit=5_000)
        assert len(first.rows) == 1000, "a page holds no more, whatever is asked for"
        assert first.token is not None
        assert len((await rows.scan(token=first.token)).rows) == 100

    async def test_pages_follow_each_other_over_all_partitions(self, rows: Rows) -> None:
        for partition in ("p2", "p1", "p10"):
            await rows.commit(partition, [Insert(f"k{index}", {}) for index in range(4)])
        places, pages = await _walk(rows, (), limit=5)
        assert places == [(p, f"k{k}") for p in ("p1", "p10", "p2") for k in range(4)]
        assert pages == [5, 5, 2]

    async def test_pages_keep_to_their_filter(self, rows: Rows) -> None:
        for partition in ("a", "b"):
            cells: list[Cells] = [{"even": index % 2 == 0, "n": index} for index in range(10)]
            writes = [Insert(f"k{index}", each) for index, each in enumerate(cells)]
            await rows.commit(partition, writes)
        where = (Where("even", "eq", True), Where("n", "ge", 2))
        places, _ = await _walk(rows, where, limit=3)
        assert places == [(p, f"k{k}") for p in ("a", "b") for k in (2, 4, 6, 8)]

    async def test_a_walk_goes_on_behind_a_row_that_vanished(self, rows: Rows) -> None:
        await rows.commit("p", [Insert(f"k{index}", {}) for index in range(6)])
        first = await rows.scan(limit=2)
        await rows.commit("p", [Delete("k2"), Insert("k11", {})])
        second = await rows.scan(limit=10, token=first.token)
        assert [row.key for row in second.rows] == ["k3", "k4", "k5"]

    @pytest.mark.parametrize(
        ("where", "keys"),
        [
            (Where("PartitionKey", "gt", "p"), ["other"]),
            (Where("RowKey", "le", "b"), ["a", "b"]),
            (Where("n", "eq", 2**40), ["b"]),
            (Where("n", "gt", 1), ["b"]),
            (Where("n", "lt", 2**40), ["a"]),
            (Where("n", "ne", 1), ["b"]),
            (Where("text", "eq", "it's ' or 1 eq 1"), ["a"]),
            (Where("text", "ge", "k"), ["b"]),
            (Where("flag", "eq", False), ["a"]),
            (Where("real", "gt", 1.25), ["b"]),
            (Where("raw", "eq", b"\x01\xff"), ["a"]),
            (Where("missing", "eq", "x"), []),
        ],
    )
    async def test_a_condition_compares_a_column(
        self, rows: Rows, where: Where, keys: list[str]
    ) -> None:
        a: Cells = {
            "n": 1,
            "text": "it's ' or 1 eq 1",
            "flag": False,
            "real": 1.25,
            "raw": b"\x01\xff",
        }
        b: Cells = {"n": 2**40, "text": "plain", "flag": True, "real": 2.5, "raw": b"\x02"}
        await rows.commit("p", [Insert("a", a), Insert("b", b)])
        await rows.commit("q", [Insert("other", {})])
        assert [row.key for row in (await rows.scan([where])).rows] == keys

    @pytest.mark.parametrize("word", NOT_TOKENS, ids=range(len(NOT_TOKENS)))
    async def test_a_word_that_is_no_token_is_invalid_input(self, rows: Rows, word: str) -> None:
        with pytest.raises(InvalidInput):
            await rows.scan(token=word)

    async def test_a_token_cut_short_is_invalid_input(self, rows: Rows) -> None:
        await rows.commit("p", [Insert("a", {}), Insert("b", {})])
        token = (await rows.scan(limit=1)).token
        assert token is not None
        for end in range(1, len(token)):
            with pytest.raises(InvalidInput):
                await rows.scan(token=token[:end])

    async def test_opening_a_table_again_shows_the_same_rows(self, tables: Tables) -> None:
        name = unique_name()
        await (await tables.open(name)).commit("p", [Insert("k", {})])
        assert len(await all_rows(await tables.open(name))) == 1

    async def test_a_dropped_table_is_gone_and_dropping_it_again_is_fine(
        self, tables: Tables
    ) -> None:
        name = unique_name()
        await (await tables.open(name)).commit("p", [Insert("k", {})])
        await tables.drop(name)
        await tables.drop(name)
        assert await all_rows(await tables.open(name)) == []

    async def test_who_still_holds_a_dropped_table_gets_no_answer(self, tables: Tables) -> None:
        name = unique_name()
        rows = await tables.open(name)
        await rows.commit("p", [Insert("k", {})])
        await tables.drop(name)
        with pytest.raises(StorageUnavailable):
            await rows.get("p", "k")
        with pytest.raises(StorageUnavailable):
            await all_rows(rows)
        with pytest.raises(StorageUnavailable):
            await rows.commit("p", [Insert("other", {})])
        assert await (await tables.open(name)).get("p", "k") is None


async def _walk(
    rows: Rows, where: Sequence[Where], *, limit: int
) -> tuple[list[tuple[str, str]], list[int]]:
    """The places of all rows that match, and how many each page held."""
    places: list[tuple[str, str]] = []
    pages: list[int] = []
    token: str | None = None
    while True:
        page = await rows.scan(where, limit=limit, token=token)
        places += [(row.partition, row.key) for row in page.rows]
        pages.append(len(page.rows))
        token = page.token
        if token is None:
            return places, pages
