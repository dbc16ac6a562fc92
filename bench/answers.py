"""What the answers take that people, pipelines and pages wait for, over a whole fleet.

The core runs in this process over storage that `stores.py` chooses, and each question is asked in
turn with the bare reads that it stands on. `ANSWERS_IMAGES` says how many images there are (10,000
in the project's own target).
"""

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

import msgspec
from rich.console import Console

from bench.figures import ratio, seconds
from bench.fill import fill_storage
from bench.found_data import FoundFleet
from bench.found_filling import REGISTRIES, names
from bench.sections import Section
from bench.stores import storage, told
from bench.stories import SUBSCRIPTION
from core.domain.ids import image_stream
from core.log import layout
from core.projections.cells import artifact
from core.projections.findings import Findings, index_key
from core.projections.images import Images, image_key
from core.projections.interface import table_name
from core.query.images import where_of
from core.query.parameters import Parameters
from core.registry.references import RegistryResource
from core.sandbox.local import LocalSandbox
from core.storage.account import Account, direct, open_account
from dev.enrol import enrol
from dev.recording import Recorder
from functions.bootstrap import Services, build
from functions.settings import read_settings

IMAGES = 1_000
TIMES = 40
"""Times that each question is asked."""
PAGE = 100

type Ask = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, and the reads that it cannot do without."""

    name: str
    goal: str
    """What its 95th percentile should be with 10,000 images, where storage is quick."""
    ask: Ask
    bare: Ask


async def measure(folder: Path) -> Sequence[Section]:
    """Make the fleet, and ask about it."""
    fleet = FoundFleet(images=int(os.environ.get("ANSWERS_IMAGES", IMAGES)))
    console = Console(stderr=True)
    async with storage(folder) as kept:
        await fill_storage(kept, fleet, folder=folder, registries=REGISTRIES, console=console)
        return [await questions(kept, folder, fleet), await export(kept, folder, fleet)]


async def questions(kept: str, folder: Path, fleet: FoundFleet) -> Section:
    """Every question, many times."""
    recorder = Recorder()
    async with _process(kept, folder, recorder) as (services, account):
        asked = await _questions(services, account, fleet)
        rows = [await _measured(question, recorder) for question in asked]
    return Section(
        title=f"Answers over {fleet.images:,} images",
        measured=f"Each question asked {TIMES} times of the core in this process, in turns with the"
        f" bare reads of rows and blobs that it stands on, over {told()}. Goals are for 10,000"
        " images; the ratio's is 1.5. CPU is this process's own, and requests are those to storage,"
        " so that one can add how long Azure takes for each.",
        columns=("", "median", "p95", "goal", "CPU", "requests", "bare", "ratio"),
        rows=rows,
    )


async def export(kept: str, folder: Path, fleet: FoundFleet) -> Section:
    """A whole registry, page by page."""
    async with _process(kept, folder) as (services, _):
        before, began, findings = _memory(), time.perf_counter(), 0
        token: Mapping[str, str] = {}
        while True:
            given = {"format": "jsonl", "limit": "500", **token}
            page = await services.answers.exports.page(given, None)
            findings += page.content.count(b"\n")
            if page.next is None:
                break
            token = {"continuationToken": page.next.rpartition("continuationToken=")[2]}
        took = time.perf_counter() - began
    rate, memory = f"{findings / took:,.0f}", f"{_memory() - before} MB"
    return Section(
        title="Everything exported",
        measured="JSON Lines of all images, page by page; the goal is 5,000 findings a second, in"
        " memory that does not grow with the fleet.",
        columns=("", "findings", "took", "findings/s", "memory"),
        rows=[("all registries", f"{findings:,}", seconds(took), rate, memory)],
    )


async def _questions(services: Services, account: Account, fleet: FoundFleet) -> Sequence[Question]:
    answers, log = services.answers, services.log
    images = await account.tables.open(table_name(Images()))
    findings = await account.tables.open(table_name(Findings()))
    everyone = names(fleet)
    partitions = [layout.partition(shard) for shard in range(log.shards)]
    where = where_of(Parameters({}, known=frozenset()))
    cves = _cves(fleet)

    async def page(number: int) -> object:
        return await answers.images.page({"limit": str(PAGE)})

    async def bare_page(number: int) -> object:
        return await images.scan(where, limit=PAGE)

    async def found(number: int) -> object:
        return await answers.images.findings(everyone[number * 7 % len(everyone)], {})

    async def bare_found(number: int) -> object:
        stream = image_stream(everyone[(number * 7 + 3) % len(everyone)])
        row = await images.get(layout.partition(log.shard_of(stream)), image_key(stream))
        blob = artifact(row.cells, "findings") if row else None
        return await account.artifacts.get(blob) if blob else None

    async def summary(number: int) -> object:
        return await answers.summary.summary({})

    async def bare_summary(number: int) -> object:
        return await asyncio.gather(
            *(images.range(one, "t|", "t}", limit=1000) for one in partitions)
        )

    async def cve(number: int) -> object:
        return await answers.findings.page({"cve": cves[number], "limit": str(PAGE)})

    async def bare_cve(number: int) -> object:
        prefix = index_key("c", cves[number])
        last, share = f"{prefix[:-1]}}}", PAGE // len(partitions) + 1
        return await asyncio.gather(
            *(findings.range(one, prefix, last, limit=share) for one in partitions)
        )

    async def sub_assessments(number: int) -> object:
        path = f"subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/subAssessments"
        given = {"api-version": "2019-01-01-preview"}
        return await answers.security.answer(path, given, "https://app.test/api/x")

    async def bare_sub_assessments(number: int) -> object:
        first = await images.range(partitions[0], "i|", "i}", limit=2)
        blobs = [artifact(row.cells, "findings") for row in first]
        return [await account.artifacts.get(blob) for blob in blobs if blob]

    return (
        Question(name="100 images", goal="100 ms", ask=page, bare=bare_page),
        Question(name="an image's findings", goal="100 ms", ask=found, bare=bare_found),
        Question(name="the summary", goal="100 ms", ask=summary, bare=bare_summary),
        Question(name="100 images with a CVE", goal="400 ms", ask=cve, bare=bare_cve),
        Question(
            name="100 sub-assessments",
            goal="200 ms",
            ask=sub_assessments,
            bare=bare_sub_assessments,
        ),
    )


async def _measured(question: Question, recorder: Recorder) -> Sequence[str]:
    await question.ask(0)
    asked, bare, own, requests = [], [], [], []
    for number in range(TIMES):
        bare.append(await _timed(question.bare, number))
        recorder.take()
        before = time.process_time()
        asked.append(await _timed(question.ask, number))
        own.append(time.process_time() - before)
        requests.append(len(recorder.take()))
    high = quantiles(asked, n=20)[-1]
    return (
        question.name,
        seconds(median(asked)),
        seconds(high),
        question.goal,
        seconds(median(own)),
        f"{median(requests):g}",
        seconds(median(bare)),
        ratio(median(asked), median(bare)),
    )


async def _timed(ask: Ask, number: int) -> float:
    began = time.perf_counter()
    await ask(number)
    return time.perf_counter() - began


def _cves(fleet: FoundFleet) -> Sequence[str]:
    """Vulnerabilities that many images have: those of bases."""
    found: dict[str, None] = {}
    for number in range(0, fleet.images, 5):
        build = msgspec.json.decode(fleet.build(number).findings, type=list[dict[str, object]])
        found |= dict.fromkeys(str(one["id"]) for one in build[:5])
        if len(found) >= TIMES:
            break
    return [*found, *found, *found][:TIMES]


@asynccontextmanager
async def _process(
    kept: str, folder: Path, recorder: Recorder | None = None
) -> AsyncIterator[tuple[Services, Account]]:
    """The core, as a process has it that has just been started, with the registries enrolled."""
    registries = [{"loginServer": name, "resourceId": str(_resource(name))} for name in REGISTRIES]
    given = {
        "AzureWebJobsStorage": kept,
        "PRATIQUE_REGISTRIES": msgspec.json.encode(registries).decode(),
    }
    settings = replace(read_settings(given), sandbox_folder=folder)
    async with open_account(kept, transport=recorder.transport if recorder else direct) as account:
        services = await build(settings, account, LocalSandbox(folder=folder, tools={}))
        await enrol(services)
        yield services, account


def _resource(login_server: str) -> RegistryResource:
    name = login_server.partition(".")[0].replace("-", "")
    return RegistryResource(subscription=SUBSCRIPTION, resource_group="fleet", name=name)


def _memory() -> int:
    """The most that this process took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
