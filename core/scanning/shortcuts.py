"""Takes scans further without a sandbox, where the packages are known already.

An image that is scanned again has its inventory; and a digest names the same bytes in every
repository, so what is known of it in one holds in all. No slot, no pull.
"""

from core.domain.ids import command_id
from core.domain.image import IMAGE, Command, Image
from core.domain.image.commands import RecordScan
from core.domain.image.state import Inventory, Scan, Stage
from core.errors import ArtifactMissing, InvalidInventory
from core.inventory.reader import read
from core.log.handle import Cause, Known, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.sandbox.cataloger import Cataloger
from core.scanning.assessment import Assessor
from core.scanning.known import KnownInventories
from core.scanning.stacks import Stacks
from core.storage.interface import Artifacts


class Shortcuts:
    """What can be done without a sandbox."""

    def __init__(
        self,
        log: EventLog,
        assessor: Assessor,
        known: KnownInventories,
        stacks: Stacks,
        cataloger: Cataloger,
        artifacts: Artifacts,
        dispatch: Dispatch,
    ) -> None:
        """Only an inventory that this cataloger has taken is good enough."""
        self._log = log
        self._assessor = assessor
        self._known = known
        self._stacks = stacks
        self._cataloger = cataloger
        self._artifacts = artifacts
        self._dispatch = dispatch

    async def take(self, image: Known[Image], scan: Scan) -> bool:
        """Whether the packages are known; then the scan is as far as the advisories allow. What
        another cataloger has found of an image is known, but to be taken anew."""
        known = image.state.inventory
        taken = scan.stage is Stage.INVENTORIED
        if known is not None and (taken or self._cataloger.took(known.cataloger)):
            await self._assess(image, scan, known)
            return True
        return scan.attempt == 0 and await self._reuse(image, scan)

    async def _assess(self, image: Known[Image], scan: Scan, known: Inventory) -> None:
        if not await self._assessor.ready(least=scan.advisories):
            return
        inventory = read(await self._artifacts.get(known.bom))
        command = await self._assessor.assess(
            image.state, scan.id, inventory, least=scan.advisories
        )
        if command is not None:
            await self._record(image, command, _cause("assess", scan, command.advisories_version))

    async def _reuse(self, image: Known[Image], scan: Scan) -> bool:
        if image.state.name is None:
            return False
        digest = image.state.name.digest
        taken = await self._known.find(digest, scan.id, cataloger=self._cataloger)
        if taken is None:
            return False
        try:
            inventory = read(await self._artifacts.get(taken.bom))
        except (ArtifactMissing, InvalidInventory):
            return False  # known, but of no use: a sandbox takes another
        await self._stacks.remember(image.state.name, taken)
        assessment = await self._assessor.assess(
            image.state, scan.id, inventory, least=scan.advisories
        )
        whole = RecordScan(inventory=taken, assessment=assessment) if assessment else taken
        await self._record(image, whole, _cause("reuse", scan, 0))
        return True

    async def _record(self, image: Known[Image], command: Command, cause: Cause) -> None:
        handled = await handle(self._log, IMAGE, image.stream.id, command, cause, known=image)
        await self._dispatch.news(handled.shard)


def _cause(what: str, scan: Scan, number: int) -> Cause:
    name = command_id(what, scan.id, number)
    return Cause(command=name, correlation=scan.id, causation=what)
