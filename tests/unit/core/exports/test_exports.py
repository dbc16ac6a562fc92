"""Exports of images as the app has them: all of them, once, with what rules and the past say."""

import gc
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from core.domain.values import ImageName
from core.errors import InvalidInput, NotNow
from core.exports import exports
from core.query.documents import Document
from core.query.parameters import AS_OF
from dev.inprocess import Delivered
from tests.support.advisories import below, record
from tests.support.desk import Desk, compiled, desk
from tests.support.fleet import deb, sbom
from tests.support.indexes import index_of, listed
from tests.support.published import check_cyclonedx
from tests.support.ruling import apply, rule, scanned
from tests.support.samples import REGISTRY, SUBSCRIPTION, digest, image_name
from tests.support.sandboxes import CLEAN, VULNERABLE


async def asked(app: Desk, image: ImageName, **given: str) -> Document:
    """The export of an image that is there."""
    document = await app.app.services.answers.exports.one(image, given, None)
    assert document is not None
    return document


async def whole(app: Desk, **given: str) -> list[bytes]:
    """Every page of an export, as their links lead from one to the next."""
    pages = []
    while True:
        page = await app.app.services.answers.exports.page(given, None)
        pages.append(page.content)
        if page.next is None:
            return pages
        link = urlsplit(page.next)
        assert (link.scheme, link.netloc, link.path) == ("", "", "/api/export")
        given = dict(parse_qsl(link.query, strict_parsing=True))


async def test_an_image_is_exported_with_its_packages_and_findings(app: Desk) -> None:
    await scanned(app, 1)
    document = await asked(app, image_name(1))
    assert (document.media_type, document.file_name) == (
        "application/vnd.cyclonedx+json",
        "findings.cdx.json",
    )
    check_cyclonedx(document.content)
    told = json.loads(document.content)
    assert [one["id"] for one in told["vulnerabilities"]] == ["CVE-2026-1"]
    assert [one["name"] for one in told["components"]] == ["zlib"]


async def test_a_clean_image_is_exported_as_clean(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    told = json.loads((await asked(app, image_name(1))).content)
    assert (len(told["components"]), told["vulnerabilities"]) == (1, [])


async def test_an_image_that_nobody_has_looked_into_is_not_exported_as_clean(app: Desk) -> None:
    app.sandboxes.patient = True
    await app.push()
    await app.app.drain()
    with pytest.raises(NotNow, match="Unscanned"):
        await asked(app, image_name(1), format="sarif")


async def test_there_is_no_export_of_an_image_that_is_not_there(app: Desk) -> None:
    assert await app.app.services.answers.exports.one(image_name(1), {}, None) is None


async def test_an_index_is_exported_as_its_images(app: Desk) -> None:
    app.sandboxes.brings |= {
        digest(1): index_of(listed(2, "amd64"), listed(4, "arm64")),
        digest(2): VULNERABLE,
        digest(4): CLEAN,
    }
    await app.push()
    await app.app.drain()
    told = json.loads((await asked(app, image_name(1), format="sarif")).content)
    assert [len(run["results"]) for run in told["runs"]] == [1, 0]


async def test_a_finding_that_a_rule_disables_is_exported_as_disabled_while_it_is(
    app: Desk,
) -> None:
    await scanned(app, 1)
    before = datetime.now(UTC)
    await rule(app, "zlib")
    await apply(app)
    await app.app.drain()
    (line,) = (await asked(app, image_name(1), format="jsonl")).content.splitlines()
    assert json.loads(line)["status"]["rule"] == "zlib"
    moment = before.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    then = await asked(app, image_name(1), **{"format": "jsonl", AS_OF: moment})
    assert json.loads(then.content)["status"]["rule"] is None


@pytest.mark.parametrize("limit", ["1", "3", "500"])
async def test_pages_of_lines_are_one_document_however_long_they_are(app: Desk, limit: str) -> None:
    await scanned(app, *range(1, 8))
    for form, heading in (("csv", 1), ("jsonl", 0)):
        pages = await whole(app, format=form, limit=limit)
        lines = b"".join(pages).splitlines()
        assert len(lines) == 7 + heading
        assert len(set(lines)) == len(lines)


async def test_each_page_of_documents_is_one_and_every_image_stands_once(app: Desk) -> None:
    await scanned(app, *range(1, 6))
    pages = await whole(app, format="cyclonedx", limit="2")
    for page in pages:
        check_cyclonedx(page)
    found = [one for page in pages for one in json.loads(page)["vulnerabilities"]]
    assert len({one["affects"][0]["ref"] for one in found}) == 5


async def test_a_page_ends_when_it_has_findings_enough(
    app: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scanned(app, *range(1, 25))
    monkeypatch.setattr(exports, "MOST", 5)
    pages = await whole(app, format="jsonl", limit="500")
    sizes = [len(page.splitlines()) for page in pages]
    assert sum(sizes) == 24
    assert max(sizes) <= 5 + 10, "the last rows that were read may be too many, none is cut off"
    assert len(sizes) > 1


async def test_a_fleet_eight_times_as_large_takes_no_more_memory(tmp_path: Path) -> None:
    records = [
        record(f"DEBIAN-CVE-2026-{number}", below("Debian:12", f"lib{number}", "2"))
        for number in range(20)
    ]
    app = await desk(compiled(tmp_path, *records))
    content = Delivered(sbom=sbom(*(deb(f"lib{number}", "1") for number in range(20))))
    for number in range(1, 25):
        app.sandboxes.brings[digest(number)] = content
        pushed = app.pushed(number)
        few = replace(pushed, repository="few") if number <= 3 else pushed
        await app.app.services.scanning.intake.take(few)
    await app.app.drain()
    await app.app.services.following.runner.sweep()
    short, once = await _peak(app, findings=3 * 20, repository="few")
    long, more = await _peak(app, findings=24 * 20)
    assert more - once < (long - short) / 2, "were pages kept, it would be the whole of it"


async def _peak(app: Desk, *, findings: int, **asked: str) -> tuple[int, int]:
    """The length of an export, read page by page as they are streamed, and the bytes that this took
    at most."""
    for traced in (False, True):  # what is made once, for all exports, is made before
        if traced:
            tracemalloc.start()
        lines, length, following = 0, 0, dict[str, str]()
        while True:
            given = {"format": "jsonl", "limit": "3", **asked, **following}
            page = await app.app.services.answers.exports.page(given, None)
            lines += page.content.count(b"\n")
            length += len(page.content)
            gc.collect()  # whatever nobody refers to takes no memory
            if page.next is None:
                break
            following = dict(parse_qsl(page.next.partition("?")[2]))
        assert lines == findings
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return length, peak


async def test_a_fleet_is_exported_by_registry_or_subscription(app: Desk) -> None:
    await scanned(app, 1)
    for name, value in (("registry", REGISTRY), ("subscription", SUBSCRIPTION)):
        assert len(b"".join(await whole(app, format="jsonl", **{name: value})).splitlines()) == 1
        assert await whole(app, format="jsonl", **{name: f"other-{value}"}) == [b""]


async def test_a_fleet_is_exported_as_it_was(app: Desk) -> None:
    before = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    await scanned(app, 1)
    after = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    await app.delete()
    await app.app.drain()
    assert await whole(app, format="jsonl") == [b""]
    assert await whole(app, **{"format": "jsonl", AS_OF: before}) == [b""]
    (then,) = await whole(app, **{"format": "jsonl", AS_OF: after})
    assert json.loads(then)["id"] == "CVE-2026-1"


async def test_what_makes_no_sense_is_refused(app: Desk) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for given, said in (
        ({"format": "pdf"}, "format must be"),
        ({"image": "x"}, "unknown parameter image"),
        ({"limit": "0"}, "limit must be"),
        ({AS_OF: later}, "future"),
        ({"continuationToken": "x"}, "not one that was given out"),
    ):
        with pytest.raises(InvalidInput, match=said):
            await app.app.services.answers.exports.page(given, None)
