"""A fleet in memory: images with packages, advisories that come into force, and what follows."""

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from core.advisories.compiler import compile_database
from core.advisories.database import Advisories
from core.advisories.matching import Matcher
from core.domain.advisories import ADVISORIES, Assessed, Published, RecordFleetAssessment
from core.domain.events import ImageEvent, Source
from core.domain.ids import StreamId, advisories_stream, command_id, image_stream
from core.domain.image import IMAGE, Command, Image
from core.domain.image import commands as c
from core.domain.values import Artifact, ScanId
from core.fleet.reassess import Reassessor
from core.fleet.store import FleetStore, open_fleet
from core.inventory.reader import read
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.processes.dispatch import QUEUES, Dispatch
from core.rules.books import RuleBooks
from core.rules.interface import NoForecasts
from core.rules.rulings import Rulings
from core.scanning.assessment import Assessor, Verdict, assess
from core.scanning.published import PublishedAdvisories, publish
from core.storage.account import Account
from core.storage.interface import Artifacts, artifact_of
from tests.support.advisories import Json, write
from tests.support.images import LINUX
from tests.support.samples import MANIFEST, SUBSCRIPTION, at, image_name

SHARDS = 2

_numbers = itertools.count(1)
"""Everything that happens here is a command of its own, and later than what happened before."""

_compiled: dict[str, bytes] = {}

DEBIAN = ("debian", "12.5")
"""An operating system, as an SBOM names it."""


def deb(name: str, version: str, layer: str = "", *, source: str = "") -> Json:
    """A Debian package as Trivy describes it."""
    described = {"LayerDigest": layer, "SrcName": source}
    properties = [
        {"name": f"aquasecurity:trivy:{key}", "value": value}
        for key, value in described.items()
        if value
    ]
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:deb/debian/{name}@{version}?distro=debian-12.5",
        "properties": properties,
    }


def pypi(name: str, version: str) -> Json:
    """A Python package."""
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
    }


def vast() -> list[Json]:
    """Packages for which no row has room: each in a layer of its own, with an endless name."""
    return [deb(f"package-{number}", "1", _noise(number)) for number in range(1_000)]


def _noise(number: int) -> str:
    """A text as long as one may be, that nothing makes shorter."""
    return random.Random(number).randbytes(2_000).hex()  # noqa: S311 - the same every time


def sbom(*components: Json, system: tuple[str, str] | None = DEBIAN) -> bytes:
    """An SBOM of these components."""
    base = [{"type": "operating-system", "name": system[0], "version": system[1]}] if system else []
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"tools": {"components": [{"name": "trivy", "version": "0.76.0"}]}},
        "components": [*base, *components],
    }
    return json.dumps(document).encode()


def compiled_once(records: Sequence[Json], folder: Path) -> bytes:
    """The database of those records; compiled once for however many tests."""
    key = json.dumps(records)
    if key not in _compiled:
        made = compile_database([write(folder / "records.jsonl", records)], folder / "made.sqlite")
        _compiled[key] = made.path.read_bytes()
    return _compiled[key]


@dataclass(slots=True)
class Fleet:
    """A log with images, the view of what they have, and who reassesses them."""

    account: Account
    log: EventLog
    store: FleetStore
    reassessor: Reassessor
    folder: Path

    @property
    def artifacts(self) -> Artifacts:
        return self.account.artifacts

    async def tell(self, number: int, command: Command) -> Image:
        """A command to image `number`, always a new one."""
        stream = image_stream(image_name(number))
        return (await handle(self.log, IMAGE, stream, command, self._cause())).state

    async def push(self, number: int) -> Image:
        """Image `number` is pushed, once more if it was before."""
        return await self.tell(
            number,
            c.RecordPush(
                image=image_name(number),
                subscription=SUBSCRIPTION,
                tag=None,
                media_type=MANIFEST,
                size=None,
                source=Source.PUSH,
                pushed_at=at(next(_numbers)),
            ),
        )

    async def take(self, number: int, *components: Json) -> Image:
        """Image `number` is pushed, and its inventory taken; nothing is assessed."""
        image = await self.push(number)
        assert image.open_scan is not None, "an image that is settled needs no inventory"
        return await self.tell(number, await self._inventory(image.open_scan.id, sbom(*components)))

    async def break_inventory(self, number: int) -> Image:
        """Image `number` is pushed with an inventory that newer code does not read any more."""
        image = await self.push(number)
        assert image.open_scan is not None
        taken = await self._inventory(image.open_scan.id, sbom())
        return await self.tell(number, replace(taken, bom=await self.artifacts.put(b"{}")))

    async def scan(self, number: int, *components: Json, by: Assessor | None = None) -> Image:
        """Image `number` is pushed and assessed, by somebody who may be behind the times."""
        image = await self.take(number, *components)
        assert image.open_scan is not None
        assessor = by or self.assessor()
        command = await assessor.assess(image, image.open_scan.id, read(sbom(*components)), least=0)
        assert command is not None
        return await self.tell(number, command)

    def assessor(self) -> Assessor:
        """Another process that assesses: it keeps to the advisories that it first sees a while."""
        rulings = Rulings(RuleBooks(self.log), NoForecasts(), self.artifacts)
        return Assessor(PublishedAdvisories(self.log, self.artifacts), self.artifacts, rulings)

    async def delete(self, number: int) -> Image:
        """Image `number` is deleted."""
        return await self.tell(number, c.RecordDeletion(deleted_at=at(next(_numbers))))

    async def publish(self, *records: Json) -> int:
        """Those advisories, and no others, come into force."""
        out = self.folder / "advisories.sqlite"
        out.write_bytes(compiled_once(records, self.folder))
        return await publish(self.log, self.artifacts, out, records=len(records))

    async def state(self, number: int) -> Image:
        """Image `number` as its stream says."""
        return await current(self.log, IMAGE, image_stream(image_name(number)))

    async def events(self, number: int) -> list[str]:
        """The types of an image's events."""
        history = await self.log.history(image_stream(image_name(number)))
        return [type(recorded.event).__name__ for recorded in history]

    def shard(self, number: int) -> int:
        """Where image `number` lives."""
        return self.log.shard_of(image_stream(image_name(number)))

    async def claim(self, *, version: int, database: Artifact) -> None:
        """Somebody claims that the fleet was assessed with a database, as far as it is now."""
        heads = [await self.log.head(shard) for shard in range(self.log.shards)]
        command = RecordFleetAssessment(
            version=version,
            database=database,
            positions=tuple(head.position for head in heads),
            assessed_at=at(0),
        )
        await handle(self.log, ADVISORIES, advisories_stream(), command, self._cause())

    async def published(self) -> Published:
        """Which advisories are in force, and with which the fleet was assessed."""
        return await current(self.log, ADVISORIES, advisories_stream())

    async def verdict(self, bom: Artifact, database: Artifact) -> Verdict:
        """What that database says of an inventory: the whole of it, matched anew."""
        path = self.folder / f"{database.sha256}.sqlite"
        path.write_bytes(await self.artifacts.get(database))
        with Advisories.open(path) as advisories:
            return assess(Matcher(advisories), read(await self.artifacts.get(bom)))

    async def claim_holds(self) -> bool:
        """Whether every image's verdict was the right one where the fleet was called assessed.

        An oracle that knows nothing of the view: it folds each image up to those positions.
        """
        assessed = (await self.published()).assessed
        assert assessed is not None, "nobody claims anything"
        images: dict[StreamId, Image] = {}
        for shard, end in enumerate(assessed.positions):
            for recorded in await self.log.read(shard, after=0, limit=max(1, end)):
                if recorded.position <= end and recorded.stream.startswith("image-"):
                    before = images.get(recorded.stream, IMAGE.initial)
                    event = cast("ImageEvent", recorded.event)
                    images[recorded.stream] = IMAGE.evolve(before, event)
        return all([await self._right(image, assessed) for image in images.values()])

    async def _right(self, image: Image, assessed: Assessed) -> bool:
        if image.inventory is None:
            return True
        known = image.assessment
        if known is None or image.open_scan is not None:
            return False
        verdict = await self.verdict(image.inventory.bom, assessed.database)
        said, right = (known.findings, known.uncompared), artifact_of(verdict.findings)
        return said == (right, verdict.uncompared) or known.advisories_version > assessed.version

    async def findings(self, number: int) -> bytes:
        """An image's findings, as they were last recorded."""
        image = await self.state(number)
        assert image.assessment is not None
        return await self.artifacts.get(image.assessment.findings)

    def _cause(self) -> Cause:
        return Cause(command=command_id("test", next(_numbers)), correlation="", causation="")

    async def _inventory(self, scan: ScanId, document: bytes) -> c.RecordInventory:
        inventory = read(document)
        return c.RecordInventory(
            scan=scan,
            attempt=0,
            bom=await self.artifacts.put(document),
            platform=LINUX,
            distribution=None,
            cataloger="trivy 0.76.0",
            packages=len(inventory.packages),
            unidentified=inventory.unidentified,
        )


async def fleet(account: Account, folder: Path, *, shards: int = SHARDS) -> Fleet:
    """The fleet of a storage account, as a new process sees it; `folder` is for files."""
    await account.queues.create(*QUEUES)
    log = await open_log(await account.tables.open("log"), account.artifacts, shards=shards)
    store = await open_fleet(log, account.tables, account.artifacts, pauses=(0.0, 0.0))
    reassessor = Reassessor(
        log,
        store,
        PublishedAdvisories(log, account.artifacts),
        account.artifacts,
        Rulings(RuleBooks(log), NoForecasts(), account.artifacts),
        Dispatch(account.queues),
    )
    return Fleet(account=account, log=log, store=store, reassessor=reassessor, folder=folder)
