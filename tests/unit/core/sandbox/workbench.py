"""All that a sandbox needs around it, for real: a registry, a storage account, rooms."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
from aiohttp import ClientSession
from azure.storage.queue.aio import QueueClient

from core.domain.values import ImageName, ScanId
from core.sandbox.agent.settings import Tool
from core.sandbox.interface import CatalogerName, Limits, Order, Outcome, Presence
from core.sandbox.local import LocalSandbox
from core.sandbox.orders import outcome_path, sbom_path
from core.sandbox.outcomes import MAX_OUTCOME_BYTES, decode_outcome
from core.sandbox.reports import Report, decode_report
from core.storage.account import Account, open_account
from tests.unit.core.sandbox.images import Packed, push

HOUR = timedelta(hours=1)
TOKEN = "invented-token-that-nobody-must-see"  # noqa: S105 (it opens nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """Pushes images, writes orders, reads what comes of them."""

    registry: str
    account: Account
    session: ClientSession
    queue: QueueClient
    queue_name: str = field(default="sandbox-tests")

    async def push(self, image: Packed, repository: str = "") -> ImageName:
        repository = repository or f"tests/{uuid4().hex}"
        await push(self.session, self.registry, repository, image)
        return ImageName(registry=self.registry, repository=repository, digest=image.digest)

    async def order(
        self,
        image: ImageName,
        *,
        limits: Limits | None = None,
        cataloger: CatalogerName = CatalogerName.TRIVY,
        attempt: int = 1,
    ) -> Order:
        scan = ScanId(uuid4().hex)
        inbox = self.account.inbox
        return Order(
            scan=scan,
            attempt=attempt,
            image=image,
            token=TOKEN,
            plain_http=True,
            cataloger=cataloger,
            limits=limits or Limits(seconds=60),
            sbom_url=await inbox.write_address(sbom_path(scan, attempt), lifetime=HOUR),
            outcome_url=await inbox.write_address(outcome_path(scan, attempt), lifetime=HOUR),
            report_url=await inbox.report_address(self.queue_name, lifetime=HOUR),
        )

    async def outcome(self, order: Order) -> Outcome | None:
        path = outcome_path(order.scan, order.attempt)
        content = await self.account.inbox.read(path, limit=MAX_OUTCOME_BYTES)
        return None if content is None else decode_outcome(content)

    async def sbom(self, order: Order) -> bytes | None:
        path = sbom_path(order.scan, order.attempt)
        return await self.account.inbox.read(path, limit=Limits().sbom_bytes)

    async def reports(self) -> list[Report]:
        """Every report since the last time, as it lies in the queue."""
        found = []
        async for message in self.queue.receive_messages(messages_per_page=32):
            found.append(decode_report(message.content))
            await self.queue.delete_message(message)
        return found

    async def scanned(self, sandbox: LocalSandbox, order: Order) -> Outcome:
        """Start the sandbox, and wait for it to go."""
        await sandbox.start(order)
        await gone(sandbox, order)
        outcome = await self.outcome(order)
        assert outcome is not None
        return outcome


async def gone(sandbox: LocalSandbox, order: Order) -> None:
    while await sandbox.status(order.scan, order.attempt) is Presence.RUNNING:
        await asyncio.sleep(0.02)


@asynccontextmanager
async def workbench(registry: str, connection_string: str) -> AsyncIterator[Workbench]:
    name = f"sandbox-tests-{uuid4().hex}"
    async with (
        open_account(connection_string) as account,
        QueueClient.from_connection_string(connection_string, name) as queue,
        ClientSession() as session,
    ):
        await queue.create_queue()
        yield Workbench(
            registry=registry, account=account, session=session, queue=queue, queue_name=name
        )


def probe_tool() -> Tool:
    """The probe, in the place of Trivy. It is Python, so its cage holds an interpreter too."""
    interpreter = str(Path(sys.executable).resolve())
    probe = str(Path(__file__).with_name("probe.py"))
    system = [folder for folder in ("/usr", "/lib", "/lib64") if Path(folder).exists()]
    reads = dict.fromkeys([*system, sys.base_prefix, probe])
    return Tool(
        name=CatalogerName.TRIVY, program=(interpreter, "-I", "-S", "-B", probe), reads=tuple(reads)
    )


class Sight(msgspec.Struct, frozen=True):
    """What the probe sees when it looks around."""

    environment: dict[str, str]
    arguments: list[str]
    user: list[int]
    descriptors: list[int]
    root: list[str]
    no_new_privileges: int
    filtered: int
    calls: dict[str, str]
    reads: dict[str, str]
    writes: dict[str, str]


def seen[T](sbom: bytes | None, form: type[T]) -> T:
    """What the probe put into its inventory."""
    assert sbom is not None
    raw = msgspec.json.decode(sbom, type=dict[str, msgspec.Raw])["seen"]
    return msgspec.json.decode(raw, type=form)
