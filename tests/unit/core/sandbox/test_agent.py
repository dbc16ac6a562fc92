"""The whole way with nothing replaced: registry, sandbox, cataloger, storage, queue."""

import io
import zipfile

import msgspec
import pytest
from aiohttp import web

from core.domain.values import FailureCause, ImageName, NotApplicableCause
from core.sandbox.interface import CatalogerName, ChildKind, Limits, Outcome, Status
from core.sandbox.local import LocalSandbox
from core.sandbox.reports import Report
from tests.unit.core.registry.servers import Script, serving
from tests.unit.core.sandbox.images import (
    INDEX,
    MANIFEST,
    Packed,
    Shelf,
    debian,
    digest_of,
    pack,
)
from tests.unit.core.sandbox.workbench import TOKEN, Workbench

pytestmark = [pytest.mark.sandbox, pytest.mark.azurite]


class Component(msgspec.Struct, frozen=True):
    name: str
    purl: str = ""


class Sbom(msgspec.Struct, frozen=True):
    components: list[Component]


def purls(sbom: bytes | None) -> list[str]:
    """The package URLs of an inventory, without their qualifiers."""
    assert sbom is not None
    listed = msgspec.json.decode(sbom, type=Sbom).components
    return sorted(found.purl.partition("?")[0] for found in listed if found.purl)


def jar() -> bytes:
    """A Java archive that names its own Maven coordinates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
        archive.writestr(
            "META-INF/maven/org.example/library/pom.properties",
            "groupId=org.example\nartifactId=library\nversion=1.2.3\n",
        )
    return buffer.getvalue()


@pytest.mark.parametrize("cataloger", CatalogerName)
async def test_an_image_becomes_an_inventory_an_outcome_and_a_report(
    bench: Workbench, sandbox: LocalSandbox, cataloger: CatalogerName
) -> None:
    image = await bench.push(pack(debian(**{"app/library.jar": jar()})))
    order = await bench.order(image, cataloger=cataloger)
    outcome = await bench.scanned(sandbox, order)
    assert (outcome.status, outcome.message) == (Status.INVENTORIED, "")
    assert (outcome.scan, outcome.attempt, outcome.image) == (order.scan, 1, image)
    assert (outcome.os, outcome.architecture, outcome.variant) == ("linux", "arm64", "v8")
    assert (outcome.cataloger, bool(outcome.cataloger_version)) == (cataloger, True)
    assert outcome.fetched_at is not None
    assert outcome.started_at <= outcome.fetched_at <= outcome.finished_at
    sbom = await bench.sbom(order)
    assert purls(sbom) == ["pkg:deb/debian/bash@5.2.15-2", "pkg:maven/org.example/library@1.2.3"]
    assert outcome.sbom is not None
    assert outcome.sbom.sha256 == digest_of(sbom or b"").removeprefix("sha256:")
    assert Report(scan=order.scan, attempt=1) in await bench.reports()


async def test_an_index_names_its_children(bench: Workbench, sandbox: LocalSandbox) -> None:
    child = pack(debian())
    described = {"mediaType": MANIFEST, "digest": child.digest, "size": len(child.manifest)}
    platform = {"os": "linux", "architecture": "arm64"}
    manifest = msgspec.json.encode(
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [described | {"platform": platform}],
        }
    )
    inner = await bench.push(child)
    name = await bench.push(
        Packed(manifest=manifest, blobs={}, media_type=INDEX), repository=inner.repository
    )
    outcome = await bench.scanned(sandbox, await bench.order(name))
    assert outcome.status is Status.INDEX
    [found] = outcome.children
    assert (found.digest, found.kind) == (child.digest, ChildKind.IMAGE)


async def test_windows_is_not_applicable_and_leaves_no_inventory(
    bench: Workbench, sandbox: LocalSandbox
) -> None:
    order = await bench.order(await bench.push(pack(debian(), os="windows")))
    outcome = await bench.scanned(sandbox, order)
    assert (outcome.status, outcome.cause) == (Status.NOT_APPLICABLE, NotApplicableCause.WINDOWS)
    assert outcome.os == "windows"
    assert await bench.sbom(order) is None


async def test_a_bomb_is_too_large(bench: Workbench, sandbox: LocalSandbox) -> None:
    image = await bench.push(pack(bytes(64 * 1024 * 1024)))
    limits = Limits(seconds=60, unpacked_bytes=1024 * 1024)
    outcome = await bench.scanned(sandbox, await bench.order(image, limits=limits))
    assert outcome.cause is NotApplicableCause.TOO_LARGE


async def refused(
    bench: Workbench, sandbox: LocalSandbox, handler: Shelf | Script, image: Packed
) -> Outcome:
    """The outcome of an image in a registry that answers like `handler`."""
    async with serving(handler) as server:
        name = ImageName(registry=server, repository="team/app", digest=image.digest)
        return await bench.scanned(sandbox, await bench.order(name))


async def test_other_bytes_than_the_digest_says_are_untrusted(
    bench: Workbench, sandbox: LocalSandbox
) -> None:
    image = pack(debian())
    shelf = Shelf(image)
    shelf.content[image.digest] += b" "
    outcome = await refused(bench, sandbox, shelf, image)
    assert outcome.cause is FailureCause.UNTRUSTED_CONTENT


async def test_a_refused_token_is_a_pull_denied_and_nothing_else_is_tried(
    bench: Workbench, sandbox: LocalSandbox
) -> None:
    script = Script(web.Response(status=401))
    outcome = await refused(bench, sandbox, script, pack(debian()))
    assert (outcome.status, outcome.cause) == (Status.FAILED, FailureCause.PULL_DENIED)
    assert set(script.sent("Authorization")) <= {f"Bearer {TOKEN}", None}
    assert script.sent("Authorization")[0] == f"Bearer {TOKEN}"
