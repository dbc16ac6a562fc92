"""A look into tables, for tests: names of one's own, and every row there is."""

import uuid

from core.storage.interface import Row, Rows


def unique_name() -> str:
    """A table's name that nobody else uses."""
    return f"t{uuid.uuid4().hex}"


async def all_rows(rows: Rows) -> list[Row]:
    """Every row of a table."""
    found: list[Row] = []
    token: str | None = None
    while True:
        page = await rows.scan(token=token)
        found.extend(page.rows)
        token = page.token
        if token is None:
            return found
