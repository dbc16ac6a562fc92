"""What a newer database touches of the fleet: the first, cheap filter of a reassessment."""

import asyncio
import logging
import tempfile
from pathlib import Path

from core.advisories.database import Advisories
from core.advisories.difference import Difference, difference
from core.domain.values import Artifact
from core.errors import AdvisoriesError, ArtifactMissing
from core.fleet.touching import Touching
from core.fleet.verdicts import Verdicts
from core.storage.interface import Artifacts

logger = logging.getLogger(__name__)


async def compare(
    artifacts: Artifacts, old: Artifact, new: Artifact, verdicts: Verdicts
) -> Touching | None:
    """What the database `new` touches that `old` did not; `None` if they cannot be compared, as
    after an update of the format: then everything must be looked at.

    `verdicts` are those of the database `new`.
    """
    with tempfile.TemporaryDirectory(prefix="advisories-") as folder:
        before, after = Path(folder, "old.sqlite"), Path(folder, "new.sqlite")
        try:
            before.write_bytes(await artifacts.get(old))
            after.write_bytes(await artifacts.get(new))
            differing, ecosystems = await asyncio.to_thread(_compare, before, after)
        except (AdvisoriesError, ArtifactMissing) as error:
            logger.warning("the whole fleet is looked at: %s", error)
            return None
    return Touching(differing, ecosystems, verdicts)


def _compare(old: Path, new: Path) -> tuple[Difference, frozenset[str]]:
    with Advisories.open(old) as before, Advisories.open(new) as after:
        ecosystems = before.ecosystems ^ after.ecosystems
    return difference(old, new), ecosystems
