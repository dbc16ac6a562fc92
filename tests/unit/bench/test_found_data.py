"""A fleet that was assessed is the same every time, and shows what is in it."""

import msgspec

from bench.found_data import FoundFleet
from bench.found_filling import fill, names
from bench.stories import show
from core.domain.findings import Finding
from core.domain.values import Severity, SeverityCounts
from core.inventory.reader import read
from core.log.sharded import open_log
from core.projections.findings import Findings
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.query.totals import added_up, totals_of
from core.storage.memory import MemoryArtifacts, MemoryTables


def test_the_same_images_are_made_every_time() -> None:
    one, other = FoundFleet(images=60), FoundFleet(images=60)
    assert [one.build(number) for number in range(60)] == [other.build(n) for n in range(60)]
    assert len({(one.name(at, "r.example"), one.tag(at)) for at in range(60)}) == 60


def test_an_image_has_the_findings_that_are_counted_and_their_packages() -> None:
    build = FoundFleet(images=60).build(0)
    findings = msgspec.json.decode(build.findings, type=list[Finding])
    assert build.counts == SeverityCounts.of(one.severity for one in findings)
    assert build.counts.total == 55
    assert build.patchable == sum(one.patchable for one in findings)
    inventory = read(build.sbom)
    assert (len(inventory.packages), inventory.unidentified) == (build.packages, 0)
    held = {package.purl for package in inventory.packages}
    assert {one.purl for one in findings} <= held


def test_images_have_fifty_findings_one_with_another_and_some_have_none() -> None:
    fleet = FoundFleet(images=100)
    counts = [fleet.build(number).counts.total for number in range(100)]
    assert 48 <= sum(counts) / 100 <= 50
    assert counts.count(0) == 10


def test_registries_share_the_images() -> None:
    shares = [image.registry for image in names(FoundFleet(images=30), ["a.example", "b.example"])]
    assert shares == ["a.example"] * 15 + ["b.example"] * 15


async def test_what_is_filled_is_shown_and_filling_again_changes_nothing() -> None:
    tables, artifacts = MemoryTables(), MemoryArtifacts()
    log = await open_log(await tables.open("log"), artifacts)
    runner = Runner(log, [View(one, tables, artifacts) for one in (Images(), Findings())])
    fleet = FoundFleet(images=50, findings=9)
    await fill(log, artifacts, fleet)
    await show(log, runner)
    images = await tables.open(table_name(Images()))
    totals = await totals_of(images, log.shards)
    total = added_up(totals.values())
    assert (total["images"], total["Healthy"], total["Unhealthy"]) == (50, 5, 45)
    assert sum(total[severity.name.lower()] for severity in Severity) == 450
    index = await tables.open(table_name(Findings()))
    assert len([row for row in (await index.scan()).rows if row.key.startswith("c|")]) == 450
    await fill(log, artifacts, fleet)
    await show(log, runner)
    assert await totals_of(images, log.shards) == totals
