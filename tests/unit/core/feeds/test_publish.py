"""The whole job: fetch, compile, put in force; what fails leaves what was last good."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.advisories import sources as records_of
from core.counters import Counters
from core.domain.advisories import ADVISORIES, Published
from core.domain.ids import advisories_stream
from core.errors import ArtifactMissing, StorageUnavailable
from core.feeds.kept import KeptSources
from core.feeds.publish import AGAIN, EVERY, Publisher, Publishing
from core.feeds.results import Results
from core.feeds.sources import read_sources
from core.log.handle import current
from core.log.sharded import open_log
from core.query.advisories import AdvisoriesQueries
from core.query.shapes import Json
from core.scanning.exploited import KnownExploitation
from core.scanning.published import PublishedAdvisories
from core.storage.account import Account
from core.storage.memory import MemoryFiles
from dev.inprocess import memory_account
from tests.faults.storage import Faults, Interceptor, Loss, ProcessDied, intercepted
from tests.support.advisories import affected, below, record, write
from tests.support.mirror import Mirror, served
from tests.support.wire import wire

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
JINJA = record("GHSA-1111-2222-3333", below("PyPI", "jinja2", "3.0"), aliases=["CVE-2026-2"])


@dataclass(slots=True)
class Job:
    """The job in one process, over storage that other processes have too."""

    account: Account
    settings: dict[str, str]

    async def publisher(self, by: Interceptor | None = None) -> Publisher:
        """The job of a process that has just begun."""
        account = intercepted(self.account, by) if by else self.account
        log = await open_log(await account.tables.open("log"), account.artifacts)
        kept = KeptSources(await account.tables.open("feeds"), account.feeds)
        results = Results(log, account.artifacts, kept)
        return Publisher(results, kept, read_sources(self.settings), Counters())

    async def run(self, by: Interceptor | None = None) -> Publishing:
        """Do it."""
        return await (await self.publisher(by)).run()

    async def shown(self) -> dict[str, Json]:
        """What GET /api/advisories says."""
        account = self.account
        log = await open_log(await account.tables.open("log"), account.artifacts)
        kept = KeptSources(await account.tables.open("feeds"), account.feeds)
        queries = AdvisoriesQueries(log, kept, read_sources(self.settings))
        answer = wire(await queries.now({}))
        assert isinstance(answer, dict)
        return answer

    async def source(self, name: str) -> dict[str, Json]:
        """What is shown of one source."""
        listed = (await self.shown())["sources"]
        assert isinstance(listed, list)
        return next(one for one in listed if isinstance(one, dict) and one["name"] == name)

    async def skipped(self) -> dict[str, Json]:
        """How much was skipped, by reason."""
        database = (await self.shown())["database"]
        assert isinstance(database, dict)
        assert isinstance(database["skipped"], list)
        listed = [one for one in database["skipped"] if isinstance(one, dict)]
        return {str(one["reason"]): one["count"] for one in listed}

    async def events(self) -> list[str]:
        """The types of what was recorded of advisories."""
        log = await open_log(await self.account.tables.open("log"), self.account.artifacts)
        return [type(one.event).__name__ for one in await log.history(advisories_stream())]

    async def in_force(self) -> frozenset[str]:
        """The ecosystems that the database in force knows of."""
        log = await open_log(await self.account.tables.open("log"), self.account.artifacts)
        known = await PublishedAdvisories(log, self.account.artifacts).in_force()
        return known.matcher.advisories.ecosystems if known else frozenset()

    async def probability(self, cve: str) -> float | None:
        """What is known of a CVE."""
        log = await open_log(await self.account.tables.open("log"), self.account.artifacts)
        known = await KnownExploitation(log, self.account.artifacts).now()
        return known.of([cve]).epss if known else None

    @property
    def files(self) -> dict[str, bytes]:
        """What is kept."""
        assert isinstance(self.account.feeds, MemoryFiles)
        return self.account.feeds.kept


@pytest.fixture
async def mirror() -> AsyncIterator[Mirror]:
    """It has two dumps, EPSS and the catalogue."""
    async with served() as mirror:
        mirror.dump("Debian", ZLIB)
        mirror.dump("PyPI", JINJA)
        mirror.epss(CVE_2026_1=0.25)
        mirror.kev("CVE-2026-2")
        yield mirror


@pytest.fixture
def job(mirror: Mirror) -> Job:
    """Nothing was published yet."""
    return Job(account=memory_account(), settings=mirror.settings("Debian", "PyPI"))


async def test_what_the_sources_give_is_put_in_force_and_shown(job: Job, mirror: Mirror) -> None:
    done = await job.run()
    assert (done.version, done.news, done.exploitation, done.failures) == (1, True, True, [])
    assert await job.in_force() == {"Debian:12", "PyPI"}
    assert await job.probability("CVE-2026-1") == 0.25
    shown = await job.shown()
    assert shown["version"] == 1
    assert shown["off"] == []
    database, known = shown["database"], shown["exploitation"]
    assert isinstance(database, dict)
    assert isinstance(known, dict)
    assert (database["read"], database["advisories"], database["skipped"]) == (2, 2, [])
    assert (known["probabilities"], known["exploited"]) == (1, 1)
    source = await job.source("PyPI")
    assert source["url"] == f"{mirror.url}/PyPI/all.zip"
    assert source["failure"] is source["failingSince"] is None
    assert source["goodSince"] == source["askedAt"]


async def test_when_nothing_changed_nothing_is_fetched_compiled_or_recorded(
    job: Job, mirror: Mirror
) -> None:
    await job.run()
    before, mirror.answered = await job.events(), []
    done = await job.run()
    assert {status for _, status in mirror.answered} == {304}
    assert (done.compiled, done.news, done.exploitation) == (None, False, False)
    assert await job.events() == before == ["AdvisoriesPublished", "ExploitationPublished"]


async def test_an_identical_database_is_no_news(job: Job, mirror: Mirror) -> None:
    await job.run()
    mirror.dump("PyPI", JINJA, readme=b"{}")
    done = await job.run()
    assert done.compiled is not None
    assert (done.version, done.news) == (1, False)
    assert (await job.events()).count("AdvisoriesPublished") == 1


async def test_of_what_changed_only_that_is_fetched_and_all_is_compiled(
    job: Job, mirror: Mirror
) -> None:
    await job.run()
    mirror.answered = []
    mirror.dump("PyPI", record("GHSA-9", below("PyPI", "flask", "2.0")))
    done = await job.run()
    assert ("/PyPI/all.zip", 200) in mirror.answered
    assert ("/Debian/all.zip", 304) in mirror.answered
    assert (done.version, done.exploitation) == (2, False)
    assert await job.in_force() == {"Debian:12", "PyPI"}
    assert len(job.files) == 4, "a file that was replaced is not kept"


async def test_a_new_day_of_epss_leaves_the_advisories_alone(job: Job, mirror: Mirror) -> None:
    await job.run()
    mirror.epss(CVE_2026_1=0.5)
    done = await job.run()
    assert (done.compiled, done.news, done.exploitation) == (None, False, True)
    assert await job.probability("CVE-2026-1") == 0.5


@pytest.mark.parametrize("answer", [None, b"<html>sorry</html>", b"PK"], ids=["404", "page", "cut"])
async def test_a_source_that_fails_leaves_its_last_good_data_and_says_so(
    job: Job, mirror: Mirror, answer: bytes | None
) -> None:
    await job.run()
    good_since = (await job.source("Debian"))["goodSince"]
    mirror.dump("PyPI", record("GHSA-9", below("PyPI", "flask", "2.0")))
    mirror.content.pop("/Debian/all.zip")
    if answer is not None:
        mirror.content["/Debian/all.zip"] = answer
    publisher = await job.publisher()
    done = await publisher.run()
    assert done.version == 2
    assert await job.in_force() == {"Debian:12", "PyPI"}
    assert [why.partition(":")[0] for why in done.failures] == ["Debian"]
    source = await job.source("Debian")
    assert source["goodSince"] == good_since
    assert source["failure"]
    first = source["failingSince"]
    await job.run()
    assert (await job.source("Debian"))["failingSince"] == first
    mirror.dump("Debian", ZLIB)
    await job.run()
    assert (await job.source("Debian"))["failure"] is None


@pytest.mark.parametrize("broken", ["/epss.csv.gz", "/kev.json"])
async def test_a_broken_document_of_exploitation_leaves_what_was_known(
    job: Job, mirror: Mirror, broken: str
) -> None:
    await job.run()
    mirror.content[broken] = b"{"
    mirror.dump("PyPI", record("GHSA-9", below("PyPI", "flask", "2.0")))
    done = await job.run()
    assert len(done.failures) == 1
    assert (done.version, done.exploitation) == (2, False)
    assert await job.probability("CVE-2026-1") == 0.25


async def test_what_was_never_good_holds_up_nothing(job: Job, mirror: Mirror) -> None:
    mirror.content.pop("/Debian/all.zip")
    done = await job.run()
    assert done.version == 1
    assert await job.in_force() == {"PyPI"}
    assert (await job.source("Debian"))["goodSince"] is None


async def test_nothing_is_published_while_nothing_was_ever_good(job: Job, mirror: Mirror) -> None:
    mirror.content.clear()
    done = await job.run()
    assert (done.version, len(done.failures)) == (0, 4)
    assert await job.events() == []


async def test_a_kept_file_that_is_lost_is_fetched_anew_the_next_time(
    job: Job, mirror: Mirror
) -> None:
    await job.run()
    lost = next(name for name in job.files if name.startswith("Debian/"))
    job.files[lost] = b"damaged"
    mirror.dump("PyPI", record("GHSA-9", below("PyPI", "flask", "2.0")))
    done = await job.run()
    assert done.version == 1, "without one of its sources nothing is put in force"
    assert "lost or damaged" in done.failures[0]
    assert (await job.run()).version == 2
    assert await job.in_force() == {"Debian:12", "PyPI"}


async def test_another_mirror_is_not_asked_by_what_the_first_one_said(
    job: Job, mirror: Mirror
) -> None:
    await job.run()
    mirror.content |= {f"/other{path}": body for path, body in mirror.content.items()}
    job.settings["PRATIQUE_OSV_URL"] = f"{mirror.url}/other"
    mirror.answered = []
    await job.run()
    assert ("/other/Debian/all.zip", 200) in mirror.answered


async def test_a_source_that_is_switched_off_leaves_the_database(job: Job) -> None:
    await job.run()
    job.settings["PRATIQUE_ECOSYSTEMS"] = "Debian"
    done = await job.run()
    assert done.version == 2
    assert await job.in_force() == {"Debian:12"}


async def test_records_on_disk_are_compiled_with_the_dumps(job: Job, tmp_path: Path) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()
    write(extra / "ours.jsonl", [record("OURS-1", below("npm", "left-pad", "2.0.0"))])
    job.settings["PRATIQUE_ADVISORIES"] = str(extra)
    await job.run()
    assert "npm" in await job.in_force()
    assert (await job.run()).compiled is None
    write(extra / "more.jsonl", [record("OURS-2", below("Go", "example.org/x", "1.0.0"))])
    assert (await job.run()).version == 2
    (extra / "ours.jsonl").unlink()
    (extra / "more.jsonl").unlink()
    extra.rmdir()
    done = await job.run()
    assert done.version == 2
    assert "PRATIQUE_ADVISORIES" in done.failures[0]


@pytest.mark.parametrize("loss", Loss)
async def test_a_process_that_dies_at_any_call_is_made_good_by_the_next(
    mirror: Mirror, loss: Loss
) -> None:
    settings, k, died = mirror.settings("Debian", "PyPI"), 0, True
    while died:
        k += 1
        job = Job(account=memory_account(), settings=settings)
        mirror.dump("Debian", ZLIB)
        await job.run()
        mirror.dump("Debian", ZLIB, record("DEBIAN-CVE-2026-3", below("Debian:12", "curl", "8")))
        mirror.epss(CVE_2026_1=0.1 + k / 1_000)
        faults = Faults(at=frozenset({k}), loss=loss, error=ProcessDied)
        try:
            await job.run(faults)
            died = False
        except ProcessDied:
            await job.run()
        assert (await job.run()).failures == []
        events = await job.events()
        assert events.count("AdvisoriesPublished") == events.count("ExploitationPublished") == 2
        assert await job.probability("CVE-2026-1") == pytest.approx(0.1 + k / 1_000)
        assert (await current_state(job)).version == 2
    assert k > 20


async def current_state(job: Job) -> Published:
    """What is in force, by the log."""
    log = await open_log(await job.account.tables.open("log"), job.account.artifacts)
    return await current(log, ADVISORIES, advisories_stream())


async def test_storage_that_does_not_answer_leaves_the_run_to_the_next(job: Job) -> None:
    faults = Faults(at=frozenset({9}), loss=Loss.REQUEST, error=StorageUnavailable)
    with pytest.raises(StorageUnavailable):
        await job.run(faults)
    publisher = await job.publisher()
    assert await publisher.run_if_due(datetime.now(UTC)) is not None


async def test_it_is_done_every_few_hours_and_sooner_after_a_failure(
    job: Job, mirror: Mirror
) -> None:
    publisher = await job.publisher()
    assert await publisher.run_if_due(datetime.now(UTC)) is not None
    assert await publisher.run_if_due(datetime.now(UTC) + EVERY / 2) is None
    mirror.content.pop("/kev.json")
    assert await publisher.run_if_due(datetime.now(UTC) + EVERY) is not None
    assert await publisher.run_if_due(datetime.now(UTC) + AGAIN / 2) is None
    assert await publisher.run_if_due(datetime.now(UTC) + AGAIN + timedelta(minutes=1)) is not None


async def test_without_sources_nothing_is_done_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = dict.fromkeys(("PRATIQUE_OSV_URL", "PRATIQUE_EPSS_URL", "PRATIQUE_KEV_URL"), "")
    job = Job(account=memory_account(), settings=settings)
    with caplog.at_level(logging.INFO):
        assert await (await job.publisher()).run_if_due(datetime.now(UTC)) is None
    assert "PRATIQUE_OSV_URL" in caplog.text
    shown = await job.shown()
    assert shown["sources"] == []
    assert isinstance(shown["off"], list)
    assert len(shown["off"]) == 3


async def test_a_bad_record_is_skipped_by_itself_and_counted_by_reason(
    job: Job, mirror: Mirror
) -> None:
    mirror.dump(
        "Debian",
        ZLIB,
        {**ZLIB, "summary": "Another text under the same id."},
        record("DEBIAN-2", affected("Debian:12", "b")),
        record("DEBIAN-3", affected("Debian:12", "c", {"fixed": "2"}, {"fixed": "1"})),
        record("DEBIAN-4", below("Atlantis:1", "d", "1")),
        record("DEBIAN-5", below("Debian:12", "e", "1"), withdrawn="2026-01-01T00:00:00Z"),
        broken=b'{"id": "DEBIAN-6", "affected": [{',
        text=b"not JSON at all",
        bomb=b"[" + b" " * 10_000_000,
        damaged=b'{"id": "DEBIAN-7", "summary": "abcdefghijklmnopqrstuvwxyz"}',
    )
    path = "/Debian/all.zip"
    at = mirror.content[path].index(b"damaged.json") + 30
    dump = bytearray(mirror.content[path])
    dump[at : at + 4] = b"\0\0\0\0"
    mirror.content[path] = bytes(dump)
    done = await job.run()
    assert (done.version, done.failures) == (1, [])
    assert await job.in_force() == {"Debian:12", "PyPI"}
    assert await job.skipped() == {
        "contradictory events": 1,
        "duplicate id with different content": 1,
        "neither ranges nor versions": 1,
        "not an OSV record": 2,
        "record too large": 1,
        "unknown ecosystem": 1,
        "unreadable file or archive": 1,
        "withdrawn": 1,
    }


async def test_an_archive_that_unpacks_to_too_much_is_cut_off_and_the_rest_is_published(
    job: Job, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_of, "MAX_TOTAL", 200_000)
    padded = [
        record(f"DEBIAN-{n}", below("Debian:12", "a", "1"), details=" " * 50_000) for n in range(9)
    ]
    mirror.dump("Debian", *padded)
    assert (await job.run()).version == 1
    assert "PyPI" in await job.in_force()
    assert (await job.skipped())["archive unpacks to too much"] == 1


async def test_nothing_is_kept_that_no_row_names(job: Job, mirror: Mirror) -> None:
    for number in range(3):
        mirror.epss(CVE_2026_1=number / 10)
        await job.run()
    kept = KeptSources(await job.account.tables.open("feeds"), job.account.feeds)
    assert set(job.files) == {one.blob for one in (await kept.all()).values()}
    with pytest.raises(ArtifactMissing):
        await job.account.feeds.load("EPSS/none", Path("nowhere"))
