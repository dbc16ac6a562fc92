"""Telling whoever must act: where there is news, and which scan waits.

A message says where to look and is never believed. It follows from the state, not from which events
were new, so a handler that is triggered again sends it again.
"""

import json

from core.domain.events import Priority
from core.domain.image.state import Image, Stage
from core.storage.interface import Queues

HINTS = "hints"
SCANS = {Priority.PUSH: "scan-push", Priority.RESCAN: "scan-rescan"}
REPORTS = "sandbox-reports"
REBUILDS = "rebuilds"
SWEEPS = "reconcile"
NOTICES = "notices"
RULES = "rules"
QUEUES = (HINTS, *SCANS.values(), REPORTS, REBUILDS, SWEEPS, NOTICES, RULES)


class Dispatch:
    """Sends hints."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues

    async def news(self, shard: int) -> None:
        """Somebody appended to the shard."""
        await self._queues.send(HINTS, json.dumps({"shard": shard}).encode())

    async def rebuild(self, projection: str) -> None:
        """A rebuild of the view has something left to do."""
        await self._queues.send(REBUILDS, json.dumps({"projection": projection}).encode())

    async def sweep(self, registry: str) -> None:
        """A registry, named by its ARM id, is to be swept."""
        await self._queues.send(SWEEPS, json.dumps({"registry": registry}).encode())

    async def notices(self) -> None:
        """Something waits to be told."""
        await self._queues.send(NOTICES, b"{}")

    async def rules(self, subscription: str) -> None:
        """Somebody changed the subscription's rules."""
        message = {"subscription": subscription}
        await self._queues.send(RULES, json.dumps(message).encode())

    async def waiting(self, image: Image) -> None:
        """The image may have a scan that waits for its next step."""
        scan = image.open_scan
        if scan is not None and scan.stage in (Stage.WAITING, Stage.INVENTORIED):
            await self._queues.send(SCANS[scan.priority], json.dumps({"scan": scan.id}).encode())
