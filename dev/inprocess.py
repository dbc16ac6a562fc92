"""The app without a host: its core in this process, its queues emptied by hand, step by step.

For tests and measurements that must see every step. Only the host and the sandbox are left out: the
core is the one that the functions call, over whatever storage it is given, and what a sandbox would
bring out of an image is handed in beforehand.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import aiohttp
from azure.storage.queue.aio import QueueServiceClient

from core.domain.events import Priority
from core.domain.values import Artifact, ScanId
from core.processes.dispatch import HINTS, NOTICES, QUEUES, REBUILDS, REPORTS, RULES, SWEEPS
from core.registry.references import parse_resource
from core.sandbox.agent.attempt import Result
from core.sandbox.agent.deliver import Courier
from core.sandbox.interface import Order, Outcome, Presence, Status
from core.sandbox.outcomes import encode_outcome
from core.sandbox.reports import Report, encode_report
from core.storage.account import Account
from core.storage.interface import artifact_of
from core.storage.memory import (
    MemoryArtifacts,
    MemoryFiles,
    MemoryInbox,
    MemoryQueues,
    MemoryTables,
)
from functions.bootstrap import Services


class Mailbox(Protocol):
    """Takes messages out of queues, as a host would."""

    async def receive(self, queue: str) -> list[bytes]:
        """The messages that wait, removed."""


@dataclass(slots=True)
class InProcess:
    """The app's core and its queues."""

    services: Services
    mailbox: Mailbox
    steps: list[str] = field(default_factory=list)
    """The queue of every message that was handled."""

    async def drain(self) -> None:
        """Handle messages until every queue is empty."""
        while await self.step():
            pass

    async def step(self) -> bool:
        """Handle what waits in the queues now; False when nothing does."""
        handled = 0
        for queue in QUEUES:
            for message in await self.mailbox.receive(queue):
                self.steps.append(queue)
                handled += 1
                await self._handle(queue, message)
        return handled > 0

    async def _handle(self, queue: str, message: bytes) -> None:
        match queue:
            case _ if queue == HINTS:
                await self.services.following.runner.catch_up(json.loads(message)["shard"])
            case _ if queue == RULES:
                subscription = json.loads(message)["subscription"]
                await self.services.ruling.applier.apply(subscription, now=datetime.now(UTC))
            case _ if queue == REPORTS:
                await self.services.scanning.reports.take(message)
                await self.services.scanning.starter.start_waiting()
            case _ if queue == REBUILDS:
                projection = self.services.following.views.all[json.loads(message)["projection"]]
                await self.services.following.rebuilder.work(projection)
            case _ if queue == SWEEPS:
                registry = parse_resource(json.loads(message)["registry"])
                await self.services.holdings.sweeper.run(registry)
            case _ if queue == NOTICES:
                if self.services.notices.delivery is not None:
                    await self.services.notices.delivery.deliver(datetime.now(UTC))
            case _:
                await self.services.scanning.starter.start_waiting(
                    ScanId(json.loads(message)["scan"])
                )


@dataclass(slots=True)
class HandedOver:
    """A Sandbox that delivers what it was given for a digest, to an order's own addresses."""

    findings: Mapping[str, "Delivered"]
    inbox: MemoryInbox | None = None
    """Where memory addresses lead; `None` when the addresses are real."""
    queues: MemoryQueues | None = None
    started: list[Order] = field(default_factory=list)
    together: int = 1

    async def room(self, priority: Priority) -> int:
        return 1000

    async def start(self, *orders: Order) -> None:
        for order in orders:
            await self._start(order)

    async def _start(self, order: Order) -> None:
        self.started.append(order)
        outcome, sbom = self.findings[order.image.digest].of(order)
        if self.inbox is not None and self.queues is not None:
            if sbom is not None:
                self.inbox.blobs[_path(order.sbom_url)] = sbom
            self.inbox.blobs[_path(order.outcome_url)] = encode_outcome(outcome)
            report = encode_report(Report(scan=order.scan, attempt=order.attempt))
            await self.queues.send(REPORTS, base64.b64decode(report))
            return
        async with aiohttp.ClientSession() as session:
            await Courier(session).deliver(order, Result(outcome=outcome, inventory=sbom))

    async def status(self, scan: ScanId, attempt: int) -> Presence:
        return Presence.GONE

    async def stop(self, scan: ScanId, attempt: int) -> Presence:
        return Presence.GONE

    async def sweep(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What a sandbox would bring out of an image."""

    status: Status = Status.INVENTORIED
    sbom: bytes | None = None
    parts: Mapping[str, object] = field(default_factory=dict)
    """Further fields of the outcome."""

    def of(self, order: Order) -> tuple[Outcome, bytes | None]:
        """The outcome and the SBOM of one attempt."""
        now = datetime.now(UTC)
        named: Artifact | None = artifact_of(self.sbom) if self.sbom is not None else None
        base = Outcome(
            scan=order.scan,
            attempt=order.attempt,
            image=order.image,
            status=self.status,
            os="linux",
            architecture="amd64",
            cataloger="trivy",
            cataloger_version="0.76.0",
            sbom=named,
            started_at=now,
            fetched_at=now,
            finished_at=now,
        )
        fields = {name: getattr(base, name) for name in base.__slots__} | dict(self.parts)
        return Outcome(**fields), self.sbom


@dataclass(frozen=True, slots=True)
class MemoryMailbox:
    """The queues of `MemoryQueues`."""

    queues: MemoryQueues

    async def receive(self, queue: str) -> list[bytes]:
        waiting = self.queues.messages.get(queue, [])
        self.queues.messages[queue] = []
        return waiting


@dataclass(frozen=True, slots=True)
class AzureMailbox:
    """The queues of a storage account, base64 as the host reads them."""

    service: QueueServiceClient

    async def receive(self, queue: str) -> list[bytes]:
        client = self.service.get_queue_client(queue)
        received = []
        async for message in client.receive_messages(max_messages=16):
            await client.delete_message(message)
            received.append(base64.b64decode(message.content))
        return received


def memory_account() -> Account:
    """A storage account in memory."""
    return Account(
        tables=MemoryTables(),
        artifacts=MemoryArtifacts(),
        feeds=MemoryFiles(),
        inbox=MemoryInbox(),
        queues=MemoryQueues(),
    )


def _path(address: str) -> str:
    return address.removeprefix("memory:").partition("?")[0]
