"""Views of which a caller sees no more than its scope: what lies outside is not there.

Whoever answers reads rows, so this is the one place where a scope counts: they need not know of it.
Rows of images and of the ledger name their repository. Totals are of whole registries and
subscriptions: those of a part are added up anew, from the rows that may be seen.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from core.access.scope import Place, Scope
from core.errors import InvalidInput
from core.projections.billing import OUTCOMES, column
from core.projections.cells import put_words, text, words
from core.projections.images import is_there
from core.projections.totals import PLACE, TOTALS, share, total_key
from core.query.index import FindingIndex
from core.storage.interface import Cell, Cells, Page, Row, RowReader, Where
from core.storage.limits import MAX_KEY
from core.storage.reading import every
from core.storage.tokens import decode_place, encode_place

_PAGE = 1000
_IMAGE, _TOTAL = "i|", "t|"
_LINE = "b|"


def shown(scope: Scope, cells: Cells) -> bool:
    """Whether what a row is about lies within the scope."""
    return scope.holds(text(cells, "registry"), text(cells, "repository"))


class ScopedImages:
    """The images' rows within a scope, and their totals: a RowReader."""

    def __init__(self, rows: RowReader, scope: Scope) -> None:
        self._rows = rows
        self._scope = scope
        self._narrowed = narrowing(scope)

    async def get(self, partition: str, key: str) -> Row | None:
        if not key.startswith(_IMAGE):
            return None
        row = await self._rows.get(partition, key)
        return row if row is not None and shown(self._scope, row.cells) else None

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        if not first.startswith(_TOTAL):
            rows = _ranged(self._rows, partition, first, last, self._shows)
            return [row async for row in _some(rows, limit)]
        images = _ranged(self._rows, partition, _IMAGE, "i}", self._shows)
        totals = totals_of([row async for row in images])
        return [row for row in totals if first <= row.key < last][:limit]

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = _PAGE, token: str | None = None
    ) -> Page:
        if Where("RowKey", "ge", _TOTAL) in where:
            return await self._totals([one for one in where if one.column != "RowKey"])
        narrowed = (*where, *self._narrowed)
        return await _seen_page(self._rows, narrowed, self._shows, limit=limit, token=token)

    async def _totals(self, where: Sequence[Where]) -> Page:
        """The totals of all that may be seen, of all shards, as one page."""
        images = (Where("RowKey", "ge", _IMAGE), Where("RowKey", "lt", "i}"), *where)
        found = [row async for row in every(self, images)]
        return Page(rows=tuple(totals_of(found)), token=None)

    def _shows(self, row: Row) -> bool:
        return row.key.startswith(_IMAGE) and shown(self._scope, row.cells)


class ScopedLedger:
    """The ledger's lines within a scope, and their totals: a RowReader."""

    def __init__(self, rows: RowReader, scope: Scope) -> None:
        self._rows = rows
        self._scope = scope

    async def get(self, partition: str, key: str) -> Row | None:
        row = await self._rows.get(partition, key)
        return self._line(row) if row is not None and shown(self._scope, row.cells) else None

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        if not first.startswith(_TOTAL):
            lines = _ranged(self._rows, partition, first, last, self._shows)
            return [self._line(row) async for row in _some(lines, limit)]
        first, last = (f"{_LINE}{key.removeprefix(_TOTAL)}" for key in (first, last))
        lines = _ranged(self._rows, partition, first, last, self._shows)
        return _ledger_totals([row async for row in lines])[:limit]

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = _PAGE, token: str | None = None
    ) -> Page:
        page = await _seen_page(self._rows, where, self._shows, limit=limit, token=token)
        return Page(tuple(map(self._line, page.rows)), page.token)

    def _shows(self, row: Row) -> bool:
        return shown(self._scope, row.cells)

    def _line(self, row: Row) -> Row:
        """The line, less the places outside in which its digest is, too."""
        cells = dict(row.cells)
        places = (place.partition("/") for place in words(cells, "also_in"))
        put_words(
            cells,
            "also_in",
            {"/".join((one, of)) for one, _, of in places if self._scope.holds(one, of)},
        )
        return Row(partition=row.partition, key=row.key, cells=cells, etag=row.etag)


class ScopedIndex:
    """The findings across images within a scope: a FindingIndex."""

    def __init__(self, index: FindingIndex, scope: Scope) -> None:
        self._index = index
        self._scope = scope

    async def page(
        self, prefix: str, wanted: Callable[[Cells], bool], *, limit: int, token: str | None
    ) -> Page:
        """As in the protocol; only the last page may have room left, so that each goes on behind
        a row that may be seen, and nobody learns of others."""
        found: list[Row] = []

        def seen(cells: Cells) -> bool:
            return shown(self._scope, cells) and wanted(cells)

        while True:
            left = limit - len(found)
            page = await self._index.page(prefix, seen, limit=left, token=token)
            found += page.rows
            token = page.token
            if token is None or len(found) >= limit:
                return Page(tuple(found), token)


def narrowing(scope: Scope) -> tuple[Where, ...]:
    """The conditions that are the scope, where storage knows how to say it: one place, named whole
    or by its beginning. Elsewhere none, and rows are looked at one by one."""
    if scope.places is None or len(scope.places) != 1:
        return ()
    [place] = scope.places
    return _condition(place) if _plain(place) else ()


def _plain(place: Place) -> bool:
    beginnings = (one.removesuffix("*") for one in (place.registry, place.repository))
    return not any(letter in one for one in beginnings for letter in "*?[")


def _condition(place: Place) -> tuple[Where, ...]:
    found: list[Where] = []
    for name, pattern in (("registry", place.registry), ("repository", place.repository)):
        beginning = pattern.removesuffix("*")
        if beginning == pattern:
            found.append(Where(name, "eq", pattern))
        elif beginning:
            after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
            found += [Where(name, "ge", beginning), Where(name, "lt", after)]
    return tuple(found)


def totals_of(images: Iterable[Row]) -> list[Row]:
    """The totals' rows that these images would have, in the order of their keys."""
    totals: dict[tuple[str, str], dict[str, Cell]] = {}
    for row in (one for one in images if is_there(one.cells)):
        of = totals.setdefault(
            (total_key(row.cells), row.partition),
            {**{name: text(row.cells, name) for name in PLACE}, **dict.fromkeys(TOTALS, 0)},
        )
        for name in TOTALS:
            of[name] = int(of[name]) + share(row.cells, name)
    return [
        Row(partition=partition, key=key, cells=cells, etag="")
        for (key, partition), cells in sorted(totals.items())
    ]


def _ledger_totals(lines: Iterable[Row]) -> list[Row]:
    """The totals' rows of lines of one shard, by subscription."""
    totals: dict[tuple[str, str], dict[str, Cell]] = {}
    for row in lines:
        month, subscription = text(row.cells, "decided_at")[:7], text(row.cells, "subscription")
        key = f"{_TOTAL}{month}|{subscription.lower()}"
        empty: dict[str, Cell] = dict.fromkeys(map(column, OUTCOMES), 0)
        of = totals.setdefault((key, row.partition), {"subscription": subscription, **empty})
        outcome = column(text(row.cells, "reason"))
        of[outcome] = int(of[outcome]) + 1
    return [
        Row(partition=partition, key=key, cells=cells, etag="")
        for (key, partition), cells in sorted(totals.items())
    ]


async def _seen_page(
    rows: RowReader,
    where: Sequence[Where],
    shows: Callable[[Row], bool],
    *,
    limit: int,
    token: str | None,
) -> Page:
    """A page of the rows that may be seen. Only the last one has room left, and a token names the
    last row on its page: storage's own would name the next row, which may be hidden."""
    found: list[Row] = []
    async for row in _behind(rows, where, shows, token, some=limit + 1):
        if len(found) == limit:
            return Page(tuple(found), encode_place((found[-1].partition, found[-1].key)))
        found.append(row)
    return Page(tuple(found), None)


async def _behind(
    rows: RowReader,
    where: Sequence[Where],
    shows: Callable[[Row], bool],
    token: str | None,
    *,
    some: int,
) -> AsyncIterator[Row]:
    """All rows that may be seen behind the one that a token names, read some at a time."""
    for stretch in _stretches(token):
        place: str | None = None
        while True:
            page = await rows.scan((*where, *stretch), limit=min(some, _PAGE), token=place)
            for row in page.rows:
                if shows(row):
                    yield row
            some, place = 2 * some, page.token
            if place is None:
                break


def _stretches(token: str | None) -> tuple[tuple[Where, ...], ...]:
    """The conditions of what lies behind a row: the rest of its partition, and the others."""
    if token is None:
        return ((),)
    partition, key = decode_place(token)
    if key is None or not (partition + key).isprintable() or len(token) > MAX_KEY:
        raise InvalidInput("this continuation token is not one of ours")
    return (
        (Where("PartitionKey", "eq", partition), Where("RowKey", "gt", key)),
        (Where("PartitionKey", "gt", partition),),
    )


async def _ranged(
    rows: RowReader, partition: str, first: str, last: str, shows: Callable[[Row], bool]
) -> AsyncIterator[Row]:
    """All rows of a range that may be seen."""
    while True:
        page = await rows.range(partition, first, last, limit=_PAGE)
        for row in page:
            if shows(row):
                yield row
        if len(page) < _PAGE:
            return
        first = f"{page[-1].key} "


async def _some(rows: AsyncIterator[Row], limit: int) -> AsyncIterator[Row]:
    """The first of them."""
    left = limit
    async for row in rows:
        if left <= 0:
            return
        left -= 1
        yield row
