"""Whichever call of storage is lost, what each process manager adds is there once (L5); and however
often it is told of everything again.

Nobody follows while the story happens. Then one process manager does, through faults, and the rest
of them after it.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import StorageUnavailable
from core.log.sharded import open_log
from core.notifications.desk import NoticeDesk
from core.notifications.exploited import ExploitedNotices
from core.notifications.outbox import Outbox
from core.notifications.process import VerdictNotices
from core.processes.bills import BillProcess
from core.processes.dispatch import Dispatch
from core.processes.follower import Process, ProcessFollower
from core.processes.indexes import IndexProcess
from core.processes.rules import RuleProcess
from core.processes.states import ImageStates
from core.processes.tags import TagProcess
from core.projections.findings import Findings
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.rules.books import RuleBooks
from core.rules.interface import NoForecasts
from core.rules.rulings import Rulings
from core.scanning.exploited import KnownExploitation, publish_exploitation
from core.storage.interface import Artifacts, Tables
from core.storage.memory import MemoryQueues
from tests.faults.storage import (
    Faults,
    InterceptedArtifacts,
    InterceptedTables,
    Interceptor,
    Loss,
    ProcessDied,
)
from tests.support.campaign import Campaign
from tests.support.desk import desk
from tests.support.exploited import known_exploited
from tests.support.tables import all_rows
from tests.support.topics import MemoryTopic
from tests.support.world import SHARDS, Step, World, world

FOREVER = 10_000
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

ADDED: Mapping[str, Mapping[str, int]] = {
    "tags": {"TagPointed": 3, "TagMoved": 1},
    "bills": {"ImageBilled": 2, "ImageNotBilled": 1},
    "indexes": {"ParentFound": 4, "ChildAssessed": 4, "ImagePushed": 2, "ScanRequested": 2},
    "rulings": {"RulesApplied": 2},
    "notices": {"notice": 2},
    "exploited": {"notice": 2},
}
"""What each of them adds to the story when it is the only one that follows it."""

type Facts = Counter[tuple[str, str]]
"""What there is, each with the stream that it belongs to, or the image that it is about."""


async def story(known: Sequence[bytes]) -> World:
    """A tag moves, an index is read, rules come into force between the verdicts of two images, and
    what they have turns out to be exploited. Nobody has followed any of it.

    The tag moves between images of one shard: of two shards nobody knows which is followed first,
    and a tag that is told late of an earlier push never points there.
    """
    one = await world()
    life: Sequence[Step] = ((9, 1, 1, 1), (1, 2, 10, 0), (9, 4, 2, 2))
    for kind, number, a, b in life:
        await one.step(kind, number, a, b)
    await one.rule(0, 2)
    await one.step(9, 6, 3, 3)
    for content in known:
        await publish_exploitation(
            one.log, one.artifacts, content, probabilities=0, exploited=len(content)
        )
    return one


async def managers(tables: Tables, artifacts: Artifacts) -> dict[str, ProcessFollower]:
    """Every process manager of a process of its own."""
    log = await open_log(await tables.open("log"), artifacts, shards=SHARDS)
    states, dispatch = ImageStates(log), Dispatch(MemoryQueues())
    exploitation = KnownExploitation(log, artifacts)
    outbox = Outbox(await tables.open("outbox"))
    desk = NoticeDesk(log, artifacts, outbox, dispatch, exploitation, since=BEGINNING)
    index = await tables.open(table_name(Findings()))
    processes: Sequence[Process] = (
        TagProcess(log),
        BillProcess(log, states),
        IndexProcess(log, states, dispatch),
        RuleProcess(log, states, Rulings(RuleBooks(log), NoForecasts(), artifacts)),
        VerdictNotices(log, desk),
        ExploitedNotices(log, index, exploitation, desk),
    )
    checkpoints = await tables.open("processes")
    return {one.name: ProcessFollower(one, log, checkpoints) for one in processes}


async def follow(one: World, name: str, by: Interceptor) -> None:
    """That process manager comes to the log's end, tried until it does without an error; a process
    that dies is followed by one that lives."""
    tables: Tables = InterceptedTables(one.tables, by)
    artifacts: Artifacts = InterceptedArtifacts(one.artifacts, by)
    runner: Runner | None = None
    while True:
        with suppress(StorageUnavailable):
            try:
                runner = runner or Runner(one.log, [(await managers(tables, artifacts))[name]])
                await runner.sweep()
            except ExceptionGroup as failed:
                if failed.split(StorageUnavailable)[1] is not None:
                    raise
            except ProcessDied:
                runner, tables, artifacts = None, one.tables, one.artifacts
            else:
                return


async def facts(one: World) -> Facts:
    """Everything in the log, and in the outbox."""
    tails = [await one.log.read(shard, after=0) for shard in range(SHARDS)]
    told = [(each.stream, type(each.event).__name__) for tail in tails for each in tail]
    rows = await all_rows(await one.tables.open("outbox"))
    return Counter(told) + Counter((str(row.cells["subject"]), "notice") for row in rows)


async def followed(known: Sequence[bytes], name: str, by: Interceptor) -> tuple[Facts, Facts]:
    """What that process manager has added to the story, and what there is once all have followed
    it, and then once more from the beginning."""
    one = await story(known)
    await Runner(one.log, [View(Findings(), one.tables, one.artifacts)]).sweep()
    before = await facts(one)
    await follow(one, name, by)
    added = await facts(one) - before
    all_of_them = await managers(one.tables, one.artifacts)
    await Runner(one.log, [*all_of_them.values()]).sweep()
    whole = await facts(one)
    await one.tables.drop("processes")
    again = await managers(one.tables, one.artifacts)
    await Runner(one.log, [*again.values()]).sweep()
    assert await facts(one) == whole, "whoever is told of everything again adds nothing"
    return added, whole


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Sequence[bytes]:
    """What is exploited, and then something more."""
    folder: Path = tmp_path_factory.mktemp("exploited")
    first = known_exploited(folder, "CVE-2020-0001")
    return first, known_exploited(folder, "CVE-2020-0001", "CVE-2026-0001")


async def test_these_are_all_the_process_managers_of_an_app() -> None:
    app = await desk(topic=MemoryTopic())
    assert set(app.app.services.following.followers.processes) == set(ADDED)


@pytest.mark.parametrize("name", ADDED)
async def test_a_fault_at_any_call_leaves_what_a_process_manager_adds_there_once(
    name: str, known: Sequence[bytes], campaign: Campaign
) -> None:
    undisturbed = await followed(known, name, Faults(frozenset(), Loss.REQUEST))
    kinds: Counter[str] = Counter()
    for (_, kind), count in undisturbed[0].items():
        kinds[kind] += count
    assert kinds == ADDED[name]
    struck = 0
    for place, (loss, length) in enumerate(itertools.product(Loss, (1, FOREVER))):
        error = ProcessDied if length == FOREVER else StorageUnavailable
        for first in itertools.count(1) if campaign.long else (3 + 9 * place,):
            faults = Faults(frozenset(range(first, first + length)), loss, error)
            assert await followed(known, name, faults) == undisturbed, f"{loss} at call {first}"
            if faults.calls < first:
                break
            struck += 1
    assert struck > campaign.pick(50, 2), "the walk went over every call"
    campaign.tried(f"the process manager {name}: {struck} calls lost, each fact there once")
