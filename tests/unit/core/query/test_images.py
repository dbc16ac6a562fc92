"""What is said of images: all of them once, in pages of any length, in camelCase."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.events import Event, ImagePushed
from core.domain.ids import image_stream
from core.domain.values import ImageName
from core.errors import InvalidInput
from core.log.sharded import open_log
from core.projections.images import Images
from core.query.images import ImageQueries
from core.query.parameters import Parameters, known
from core.query.shapes import Json
from core.storage.interface import Put
from core.storage.memory import MemoryArtifacts, MemoryRows
from dev.inprocess import Delivered
from tests.support.advisories import below, record
from tests.support.desk import Desk, compiled, desk
from tests.support.fleet import deb, sbom
from tests.support.images import HEALTHY, UNHEALTHY
from tests.support.queries import image_queries
from tests.support.samples import digest, image_name
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.views import fold, history
from tests.support.wire import wire


def values(answer: Json) -> list[dict[str, Json]]:
    """The rows of a page."""
    assert isinstance(answer, dict)
    assert isinstance(answer["value"], list)
    return [one for one in answer["value"] if isinstance(one, dict)]


async def pages(queries: ImageQueries, **asked: str) -> list[list[dict[str, Json]]]:
    """Every page of a question."""
    found = []
    while True:
        answer = wire(await queries.page(asked))
        assert isinstance(answer, dict)
        found.append(values(answer))
        if "continuationToken" not in answer:
            return found
        asked["continuationToken"] = str(answer["continuationToken"])


async def listed(count: int) -> ImageQueries:
    """Queries over so many images: every third unhealthy, every fifth gone."""
    rows = MemoryRows()
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=4)
    for number in range(1, count + 1):
        stream = image_stream(image_name(number))
        told = history(UNHEALTHY if number % 3 == 0 else HEALTHY)
        told = [replace(one, stream=stream, event=_named(one.event, number)) for one in told]
        for key, cells in fold(Images(), told).items():
            gone = {"parents": digest(9)} if number % 5 == 0 and key.startswith("i|") else cells
            await rows.commit(f"{log.shard_of(stream):03d}", [Put(key, gone)])
    return image_queries(log, rows, MemoryArtifacts())


def _named(event: Event, number: int) -> Event:
    if not isinstance(event, ImagePushed):
        return event
    return replace(event, image=image_name(number), tag=f"v{number}")


def numbers(found: list[list[dict[str, Json]]]) -> list[int]:
    """Which images are listed."""
    return sorted(int(str(one["digest"])[7:], 16) for page in found for one in page)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40), st.integers(1, 45))
async def test_pages_of_any_length_give_every_image_exactly_once(count: int, limit: int) -> None:
    queries = await listed(count)
    found = await pages(queries, limit=str(limit))
    assert all(len(page) <= limit for page in found)
    assert numbers(found) == [number for number in range(1, count + 1) if number % 5]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"health": "unhealthy"}, [3, 6, 9, 12]),
        ({"health": "HEALTHY", "tag": "v4"}, [4]),
        ({"severity": "critical"}, [3, 6, 9, 12]),
        ({"severity": "unknown"}, [3, 6, 9, 12]),
        ({"tag": "v7"}, [7]),
        ({"tag": "v5"}, []),
        ({"tag": "v"}, []),
        ({"registry": "another.example"}, []),
        ({"repository": "team/app", "health": "NotApplicable"}, []),
        ({"repository": "' or true or '"}, []),
    ],
)
@pytest.mark.parametrize("limit", ["1", "3", "100"])
async def test_filters_leave_what_they_say(
    asked: dict[str, str], expected: list[int], limit: str
) -> None:
    queries = await listed(13)
    assert numbers(await pages(queries, limit=limit, **asked)) == expected


@pytest.mark.parametrize(
    "asked",
    [
        {"tag": "a b"},
        {"tag": "-x"},
        {"tag": "x" * 129},
        {"health": "fine"},
        {"severity": "9"},
        {"registry": ""},
        {"registry": "\x00"},
        {"other": "x"},
        {"continuationToken": "x"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        await (await listed(1)).page(asked)


@pytest.fixture
async def scanned(app: Desk) -> Desk:
    """A vulnerable image and a clean one."""
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.push(1, "v1")
    await app.push(2, "v2")
    await app.app.drain()
    return app


async def test_an_image_is_shown_with_its_timeline(scanned: Desk) -> None:
    one = wire(await scanned.app.services.answers.images.one(image_name(1), {}))
    assert isinstance(one, dict)
    assert (one["health"], one["worstSeverity"], one["tags"]) == ("Unhealthy", "Unknown", ["v1"])
    assert isinstance(one["timeline"], list)
    told = [str(moment["event"]) for moment in one["timeline"] if isinstance(moment, dict)]
    assert told == await scanned.story(1)
    links = one["links"]
    assert isinstance(links, dict)
    assert links["self"] == f"/api/images/demo.azurecr.io/team/app/{digest(1)}"


async def test_every_name_is_camel_case_all_the_way_down(scanned: Desk) -> None:
    images = scanned.app.services.answers.images
    answers: list[Json] = [wire(await images.page({}))]
    for number in (1, 2):
        answers += [
            wire(await images.one(image_name(number), {})),
            wire(await images.findings(image_name(number), {})),
        ]
    wrong = [name for name in names(answers) if not re.fullmatch(r"[a-z][A-Za-z0-9]*", name)]
    assert wrong == []


def names(value: Json) -> Iterator[str]:
    """Every name in a JSON value."""
    match value:
        case dict():
            yield from value
            for item in value.values():
                yield from names(item)
        case list():
            for item in value:
                yield from names(item)


async def test_what_is_not_there_is_nothing(scanned: Desk) -> None:
    images = scanned.app.services.answers.images
    await scanned.delete(2)
    await scanned.app.drain()
    other = ImageName(registry="demo.azurecr.io", repository="other", digest=digest(1))
    for name in (image_name(2), image_name(3), other):
        assert wire(await images.one(name, {})) is None
        assert wire(await images.findings(name, {})) is None
        assert await images.sbom(name, {}) is None


async def test_the_sbom_is_what_the_cataloger_wrote(scanned: Desk) -> None:
    assert await scanned.app.services.answers.images.sbom(image_name(1), {}) == VULNERABLE.sbom
    assert await scanned.app.services.answers.images.sbom(image_name(2), {}) == CLEAN.sbom


@pytest.mark.parametrize("asked", [{"x": "1"}, {"limit": "1"}])
async def test_parameters_that_mean_nothing_there_are_refused(
    scanned: Desk, asked: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput):
        wire(await scanned.app.services.answers.images.one(image_name(1), asked))
    with pytest.raises(InvalidInput):
        await scanned.app.services.answers.images.sbom(image_name(1), asked)


@pytest.fixture(scope="module")
async def full(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An image with findings of several severities, some of which cannot be mended."""
    records = [
        record(
            f"DEBIAN-CVE-2026-{10 * band + number}",
            below("Debian:12", f"package{number}", "2.0"),
            upstream=[f"CVE-2026-{10 * band + number}"],
            severity=[{"type": "CVSS_V3", "score": VECTORS[band]}],
        )
        for band in range(len(VECTORS))
        for number in range(5)
    ]
    folder = tmp_path_factory.mktemp("full")
    app = await desk(compiled(folder, *records))
    packages = [deb(f"package{number}", "1.0") for number in range(5)]
    app.sandboxes.brings[digest(1)] = Delivered(sbom=sbom(*packages))
    await app.push()
    await app.app.drain()
    return app


VECTORS = (
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
    "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N",
)
"""Critical, high, medium and low."""


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30))
async def test_findings_come_worst_first_and_each_once(full: Desk, limit: int) -> None:
    asked, found = {"limit": str(limit)}, list[dict[str, Json]]()
    while True:
        answer = wire(await full.app.services.answers.images.findings(image_name(1), asked))
        assert isinstance(answer, dict)
        assert answer["total"] == 20
        found += values(answer)
        if "continuationToken" not in answer:
            break
        asked["continuationToken"] = str(answer["continuationToken"])
    bands = [str(one["severity"]) for one in found]
    assert bands == ["Critical"] * 5 + ["High"] * 5 + ["Medium"] * 5 + ["Low"] * 5
    assert len({str(one["id"]) for one in found}) == 20


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ({"severity": "high"}, 10),
        ({"severity": "critical"}, 5),
        ({"severity": "unknown"}, 20),
        ({"patchable": "true"}, 20),
        ({"patchable": "false"}, 0),
        ({"severity": "low", "patchable": "TRUE"}, 20),
    ],
)
async def test_findings_are_filtered(full: Desk, asked: dict[str, str], total: int) -> None:
    answer = wire(await full.app.services.answers.images.findings(image_name(1), asked))
    assert isinstance(answer, dict)
    assert (answer["total"], len(values(answer))) == (total, total)


@pytest.mark.parametrize("place", ["-1", "x", "1.5", "9" * 10, "9" * 5000, "१"])
async def test_a_place_among_findings_that_is_none_is_refused(full: Desk, place: str) -> None:
    seal = Parameters({}, known=known("severity", "patchable")).seal
    with pytest.raises(InvalidInput):
        wire(
            await full.app.services.answers.images.findings(
                image_name(1), {"continuationToken": seal(place)}
            )
        )


async def test_a_place_behind_the_last_finding_is_an_empty_page(full: Desk) -> None:
    token = Parameters({}, known=known("severity", "patchable")).seal("20")
    answer = wire(
        await full.app.services.answers.images.findings(image_name(1), {"continuationToken": token})
    )
    assert answer == {"value": [], "total": 20}, "what to upgrade stands on the first page"


async def test_counts_and_findings_agree(full: Desk) -> None:
    (image,) = values(wire(await full.app.services.answers.images.page({})))
    severities = image["severities"]
    assert severities == {
        "critical": 5,
        "high": 5,
        "medium": 5,
        "low": 5,
        "negligible": 0,
        "unknown": 0,
    }
    assert json.dumps(image)
