"""A look into tables, for tests: names of one's own, those of the views, and every row there is."""

import uuid

from core.projections.billing import Billing
from core.projections.findings import Findings
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.scans import OpenScans
from core.storage.interface import Row, Rows
from core.storage.reading import every

IMAGES = table_name(Images())
OPEN_SCANS = table_name(OpenScans())
FINDINGS = table_name(Findings())
BILLING = table_name(Billing())


def unique_name() -> str:
    """A table's name that nobody else uses."""
    return f"t{uuid.uuid4().hex}"


async def all_rows(rows: Rows) -> list[Row]:
    """Every row of a table."""
    return [row async for row in every(rows)]
