"""Findings of the cataloger's own: taken at its word, attributed, and joined with ours."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.values import Health
from core.query.shapes import Json
from core.sandbox.interface import CatalogerName
from core.scanning.published import publish
from dev.images import samples
from dev.images.oci import Layer
from dev.inprocess import Delivered
from tests.support.advisories import below, record
from tests.support.catalogers import inventory
from tests.support.desk import ZLIB, Desk, compiled
from tests.support.samples import digest, image_name
from tests.support.tables import IMAGES
from tests.support.wire import wire

PURLS = {
    "zlib": "pkg:deb/debian/zlib@1.2?distro=debian-12",
    "curl": "pkg:deb/debian/curl@7.0?distro=debian-12",
}
TRIVYS = {
    "id": "CVE-2026-9",
    "source": {"name": "debian"},
    "ratings": [
        {"source": {"name": "debian"}, "severity": "high"},
        {"source": {"name": "nvd"}, "severity": "low"},
    ],
    "recommendation": "Upgrade curl to version 7.1",
    "affects": [{"ref": "curl-ref"}],
}
GRYPES = {
    "bom-ref": "urn:uuid:0d5c1a0e-4f1b-4cb0-8f3e-1f0f3d9d2f10",
    "id": "CVE-2026-1",
    "source": {"name": "debian:distro:debian:12"},
    "references": [{"id": "DEBIAN-CVE-2026-1", "source": {"name": "debian"}}],
    "ratings": [{"severity": "critical", "score": 9.8, "method": "CVSSv31"}],
    "affects": [{"ref": "zlib-ref"}],
}


def document(*vulnerabilities: object, tool: str = "trivy") -> bytes:
    """What a cataloger writes that has a database of its own."""
    components = [
        {"type": "library", "bom-ref": f"{name}-ref", "name": name, "purl": purl}
        for name, purl in PURLS.items()
    ]
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {"tools": {"components": [{"name": tool, "version": "1.0"}]}},
            "components": [
                {"type": "operating-system", "name": "debian", "version": "12"},
                *components,
            ],
            "vulnerabilities": vulnerabilities,
        }
    ).encode()


async def found(app: Desk) -> list[dict[str, Json]]:
    """The findings of the one image."""
    answer = wire(await app.app.services.answers.images.findings(image_name(1), {}))
    assert isinstance(answer, dict)
    assert isinstance(answer["value"], list)
    return [one for one in answer["value"] if isinstance(one, dict)]


async def scan(app: Desk, delivered: Delivered) -> None:
    """The image is pushed, and this comes out of its sandbox."""
    app.sandboxes.brings[digest(1)] = delivered
    await app.push()
    await app.app.drain()


async def test_what_the_cataloger_found_is_shown_as_its_own_finding(app: Desk) -> None:
    await scan(app, Delivered(sbom=document(TRIVYS)))
    theirs, ours = await found(app)
    assert (theirs["id"], theirs["component"], theirs["fixed"]) == ("CVE-2026-9", "curl", "7.1")
    assert (theirs["severity"], theirs["severitySource"]) == ("High", "debian by trivy")
    assert theirs["severities"] == [
        {"source": "debian", "value": "high"},
        {"source": "nvd", "value": "low"},
    ]
    assert ours["id"] == "CVE-2026-1"
    (row,) = [cells for key, cells in (await app.table(IMAGES)).items() if key[:2] == "i|"]
    assert (row["high"], row["unknown"], row["patchable"]) == (1, 1, 2)


async def test_what_both_found_is_one_finding_by_our_own_advisories(app: Desk) -> None:
    await scan(app, Delivered(sbom=document(GRYPES)))
    (finding,) = await found(app)
    assert (finding["id"], finding["advisories"]) == ("CVE-2026-1", ["DEBIAN-CVE-2026-1"])
    assert finding["fixed"] == "1.3"


async def test_it_outlives_other_advisories_to_the_byte(app: Desk, tmp_path: Path) -> None:
    await scan(app, Delivered(sbom=document(TRIVYS)))
    services = app.app.services
    await services.reassessor.run()
    before = await app.story()
    more = record("DEBIAN-7", below("Debian:12", "elsewhere", "1"))
    await publish(services.log, app.account.artifacts, compiled(tmp_path, ZLIB, more), records=2)
    await services.reassessor.run(whole=True)
    assert await app.story() == before
    nothing = compiled(tmp_path, more)
    await publish(services.log, app.account.artifacts, nothing, records=1)
    await services.reassessor.run()
    await app.app.drain()
    assert [one["id"] for one in await found(app)] == ["CVE-2026-9"]
    assert (await app.image()).health is Health.UNHEALTHY


async def test_findings_of_another_tool_than_the_cataloger_are_not_believed(app: Desk) -> None:
    await scan(app, Delivered(sbom=document(TRIVYS, tool="somebody")))
    failed = [one.event for one in await app.history() if type(one.event).__name__ == "ScanFailed"]
    assert "another tool" in str(failed[0])
    assert await found(app) == []


@pytest.mark.parametrize("name", CatalogerName)
async def test_an_sbom_that_lies_in_the_image_brings_no_findings(name: CatalogerName) -> None:
    base = samples.alpine()
    planted = Layer(
        files={
            path: document(TRIVYS, GRYPES)
            for path in ("app/bom.cdx.json", "opt/bitnami/app/.spdx-app.cdx.json", "sbom.json")
        }
    )
    image = replace(base, layers=[*base.layers, planted])
    assert (await inventory(image, name)).brought == ()
