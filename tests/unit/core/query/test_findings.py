"""An image's findings: those of an index are its images', and each answer says what to upgrade."""

from dataclasses import replace

import pytest

from core.domain.values import ImageName
from core.errors import InvalidInput
from core.query.shapes import DISABLED, Json
from tests.support.desk import Desk, desk
from tests.support.indexes import index_of, listed
from tests.support.ruling import ZLIB_IS_FINE, rule, scanned
from tests.support.samples import SUBSCRIPTION, digest, image_name
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.wire import wire


async def asked(app: Desk, image: ImageName, **given: str) -> dict[str, Json]:
    """The answer to a question about an image's findings."""
    answer = wire(await app.app.services.answers.images.findings(image, given))
    assert isinstance(answer, dict)
    return answer


async def test_the_first_page_says_in_a_sentence_what_to_upgrade(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.push()
    await app.app.drain()
    answer = await asked(app, image_name(1))
    assert answer["upgrades"] == [
        {
            "sentence": "Upgrade zlib from 1.2 to 1.3, which resolves 1 finding.",
            "ecosystem": "Debian:12",
            "package": "zlib",
            "components": ["zlib"],
            "installed": "1.2",
            "target": "1.3",
            "severity": "Unknown",
            "resolves": ["CVE-2026-1"],
            "leaves": [],
        }
    ]
    assert (await asked(app, image_name(1), severity="critical"))["upgrades"] == []


async def test_a_clean_image_has_nothing_to_upgrade(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    assert await asked(app, image_name(1)) == {"value": [], "total": 0, "upgrades": []}


async def test_what_to_upgrade_is_not_known_while_there_are_no_advisories() -> None:
    app = await desk()
    await app.push()
    await app.app.drain()
    assert await asked(app, image_name(1)) == {"value": [], "total": 0, "upgrades": None}


async def test_an_index_answers_with_its_images_findings_each_saying_which(app: Desk) -> None:
    children = (listed(2, "amd64"), listed(4, "arm64"), listed(5, "s390x"))
    app.sandboxes.brings |= {
        digest(1): index_of(*children),
        digest(2): VULNERABLE,
        digest(4): CLEAN,
        digest(5): VULNERABLE,
    }
    await app.push()
    await app.app.drain()
    answer = await asked(app, image_name(1))
    assert isinstance(answer["value"], list)
    where = [one["image"] for one in answer["value"] if isinstance(one, dict)]
    assert where == [
        {"digest": digest(2), "platform": "linux/amd64"},
        {"digest": digest(5), "platform": "linux/amd64"},
    ], "the platform is what the image's own sandbox has read"
    (row,) = [one for one in await rows(app) if one["digest"] == digest(1)]
    severities = row["severities"]
    assert isinstance(severities, dict)
    assert answer["total"] == severities["unknown"] == 2
    assert isinstance(answer["upgrades"], list)
    assert len(answer["upgrades"]) == 1, "one upgrade mends both"


async def test_a_disabled_finding_is_listed_when_asked_for_and_says_by_which_rule(
    app: Desk,
) -> None:
    await rule(await scanned(app, 1), "zlib-is-fine")
    await app.app.drain()
    assert await asked(app, image_name(1)) == {"value": [], "total": 0, "upgrades": []}
    answer = await asked(app, image_name(1), disabled="only")
    assert answer == await asked(app, image_name(1), disabled="true")
    assert (answer["total"], answer["upgrades"]) == (1, []), "nobody is told to upgrade"
    assert isinstance(answer["value"], list)
    (found,) = answer["value"]
    assert isinstance(found, dict)
    assert (found["id"], found["status"]) == (
        "CVE-2026-1",
        {"code": "NotApplicable", "cause": "Exempt", "rule": "zlib-is-fine"},
    )
    with pytest.raises(InvalidInput, match="disabled must be one of false, true, only"):
        await asked(app, image_name(1), disabled="yes")


async def test_a_rule_taken_back_gives_its_finding_back(app: Desk) -> None:
    await rule(await scanned(app, 1))
    await app.app.drain()
    await app.app.services.ruling.desk.remove(SUBSCRIPTION, "zlib", by="ada")
    await app.app.drain()
    answer = await asked(app, image_name(1))
    assert answer["total"] == 1
    assert isinstance(answer["value"], list)
    assert [one["status"] for one in answer["value"] if isinstance(one, dict)] == [
        {"code": "Unhealthy", "cause": None, "rule": None}
    ]
    assert (await asked(app, image_name(1), disabled="only"))["total"] == 0


async def test_pages_of_findings_are_as_many_as_the_rows_count_below_an_index_too(
    app: Desk,
) -> None:
    """B3: one of an index's two images is under a rule."""
    children = (listed(2, "amd64"), listed(3, "arm64"))
    app.sandboxes.brings |= {
        digest(1): index_of(*children),
        digest(2): VULNERABLE,
        digest(3): VULNERABLE,
    }
    await app.push()
    await app.app.drain()
    await rule(app, criteria=replace(ZLIB_IS_FINE, digests=(digest(2),)))
    await app.app.drain()
    images = await rows(app)
    assert len(images) == 3
    for image in images:
        name = replace(image_name(1), digest=str(image["digest"]))
        for column, disabled in (("severities", "false"), ("disabled", "only")):
            counted = image[column]
            assert isinstance(counted, dict)
            answer = await asked(app, name, disabled=disabled)
            assert answer["total"] == sum(n for n in counted.values() if isinstance(n, int))
    below = [(await asked(app, image_name(1), disabled=one))["total"] for one in DISABLED]
    assert below == [1, 2, 1]


async def rows(app: Desk) -> list[dict[str, Json]]:
    """Every image, as the list shows it."""
    answer = wire(await app.app.services.answers.images.page({}))
    assert isinstance(answer, dict)
    assert isinstance(answer["value"], list)
    return [one for one in answer["value"] if isinstance(one, dict)]
