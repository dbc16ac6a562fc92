"""Reading all rows that match, in however many pages they come.

A page of Azure's may end anywhere, even with no row in it: where the next rows are with another
server, or where it has looked for long enough. Only the lack of a token says that it was the last.
"""

from collections.abc import AsyncIterator, Sequence

from core.storage.interface import Page, Row, RowReader, Where


async def pages(rows: RowReader, where: Sequence[Where] = ()) -> AsyncIterator[Page]:
    """Every page of what matches. Raises StorageUnavailable."""
    token: str | None = None
    while True:
        page = await rows.scan(where, token=token)
        yield page
        token = page.token
        if token is None:
            return


async def every(rows: RowReader, where: Sequence[Where] = ()) -> AsyncIterator[Row]:
    """Every row that matches, in the order of keys. Raises StorageUnavailable."""
    async for page in pages(rows, where):
        for row in page.rows:
            yield row
