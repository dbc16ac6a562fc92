"""What is fetched, what is refused, and for what reason: against a registry that may lie."""

import gzip
import json
from pathlib import Path

import pytest
from aiohttp import web

from core.domain.values import ImageName, NotApplicableCause, Origin
from core.errors import AccessDenied, NotFound, UntrustedContent
from core.registry.client import RegistryClient
from core.sandbox.agent.built import BASE_DIGEST, BASE_NAME
from core.sandbox.agent.fetch import Fetched, IndexFound, NotApplicable, Platform, fetch
from core.sandbox.agent.layout import blob_path
from core.sandbox.interface import Child, ChildKind, Limits
from core.sandbox.outcomes import MAX_NAME
from tests.unit.core.registry.servers import HASTY, Handler, Script, local, serving
from tests.unit.core.sandbox.images import (
    CONFIG,
    INDEX,
    MANIFEST,
    Packed,
    Shelf,
    archive,
    debian,
    digest_of,
    pack,
    pack_as_is,
)

MIB = 1024 * 1024
IMAGE = pack(debian(), archive({"hello": b"world"}))


async def fetched(
    folder: Path, image: Packed, handler: Handler | None = None, limits: Limits | None = None
) -> Fetched | IndexFound | NotApplicable:
    async with (
        serving(handler or Shelf(image)) as server,
        RegistryClient(local(server), patience=HASTY) as registry,
    ):
        name = ImageName(registry=server, repository="team/app", digest=image.digest)
        return await fetch(registry, name, limits or Limits(), folder / "image")


async def test_an_image_arrives_whole_as_a_layout_of_one(tmp_path: Path) -> None:
    found = await fetched(tmp_path, IMAGE)
    assert isinstance(found, Fetched)
    assert found.platform == Platform(os="linux", architecture="arm64", variant="v8")
    layout = tmp_path / "image"
    [entry] = json.loads((layout / "index.json").read_text())["manifests"]
    assert entry == {
        "mediaType": MANIFEST,
        "digest": IMAGE.digest,
        "size": len(IMAGE.manifest),
    }
    for digest, content in {IMAGE.digest: IMAGE.manifest, **IMAGE.blobs}.items():
        assert blob_path(layout, digest).read_bytes() == content


async def test_its_layers_and_the_base_that_it_says_it_has_come_with_it(tmp_path: Path) -> None:
    base = {BASE_NAME: "docker.io/library/debian:12", BASE_DIGEST: f"sha256:{'a' * 64}"}
    found = await fetched(tmp_path, pack(debian(), archive({"b": b""}), annotations=base))
    assert isinstance(found, Fetched)
    assert found.origin == Origin(
        layers=tuple(
            digest_of(gzip.compress(layer, mtime=0)) for layer in (debian(), archive({"b": b""}))
        ),
        base_name="docker.io/library/debian:12",
        base_digest=f"sha256:{'a' * 64}",
    )


@pytest.mark.parametrize(
    ("annotations", "running", "name"),
    [
        ({}, {"Labels": {BASE_NAME: "alpine:3"}}, "alpine:3"),
        ({BASE_NAME: "debian:12"}, {"Labels": {BASE_NAME: "alpine:3"}}, "debian:12"),
        ({}, {"Labels": {BASE_NAME: 7}}, ""),
        ({}, {"Labels": ["alpine"]}, ""),
        ({}, {"Labels": None}, ""),
        ({}, "nonsense", ""),
        ({BASE_NAME: "a\x1b[31m\nb", BASE_DIGEST: "sha256:<b>"}, None, "a?[31m b"),
        ({BASE_NAME: "x" * 9_000}, None, "x" * (MAX_NAME - 3) + "..."),
    ],
)
async def test_no_words_about_its_base_keep_an_image_from_being_scanned(
    tmp_path: Path, annotations: dict[str, str], running: object, name: str
) -> None:
    image = pack(debian(), annotations=annotations, running=running)
    found = await fetched(tmp_path, image)
    assert isinstance(found, Fetched)
    assert (found.origin.base_name, found.origin.base_digest) == (name, "")


async def test_a_layer_that_is_named_twice_is_fetched_once(tmp_path: Path) -> None:
    image = pack(debian(), debian())
    limits = Limits(unpacked_bytes=len(debian()))
    assert isinstance(await fetched(tmp_path, image, limits=limits), Fetched)


def index(*children: dict[str, object]) -> Packed:
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}
    return Packed(manifest=json.dumps(document).encode(), blobs={}, media_type=INDEX)


def entry(number: int, media_type: str = MANIFEST, **more: object) -> dict[str, object]:
    return {"mediaType": media_type, "digest": f"sha256:{number:064x}", "size": 9, **more}


async def test_an_index_gives_its_children_each_once(tmp_path: Path) -> None:
    nowhere = {"os": "unknown", "architecture": "unknown"}
    attests = {"vnd.docker.reference.type": "attestation-manifest"}
    found = await fetched(
        tmp_path,
        index(
            entry(1, platform={"os": "linux", "architecture": "arm", "variant": "v7"}),
            entry(2, platform=nowhere, annotations=attests),
            entry(3, INDEX),
            entry(4, "text/html"),
            entry(1, platform={"os": "linux", "architecture": "arm", "variant": "v6"}),
        ),
    )
    assert isinstance(found, IndexFound)
    assert [child.kind for child in found.children] == [
        ChildKind.IMAGE,
        ChildKind.ATTESTATION,
        ChildKind.INDEX,
        ChildKind.ARTIFACT,
    ]
    assert found.children[0] == Child(
        digest=f"sha256:{1:064x}",
        media_type=MANIFEST,
        kind=ChildKind.IMAGE,
        os="linux",
        architecture="arm",
        variant="v7",
    )


async def test_an_image_cannot_hide_as_an_attestation_of_itself(tmp_path: Path) -> None:
    nowhere = {"os": "unknown", "architecture": "unknown"}
    attests = {"vnd.docker.reference.type": "attestation-manifest"}
    hidden = entry(1, platform=nowhere, annotations=attests)
    shown = entry(1, platform={"os": "linux", "architecture": "amd64"})
    for children in ([hidden, shown], [shown, hidden]):
        found = await fetched(tmp_path, index(*children))
        assert isinstance(found, IndexFound)
        assert [(child.kind, child.os) for child in found.children] == [(ChildKind.IMAGE, "linux")]


FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
CHART = "application/vnd.cncf.helm.config.v1+json"
BOMB = gzip.compress(bytes(20 * MIB))


@pytest.mark.parametrize(
    ("image", "cause"),
    [
        (pack(debian(), os="windows"), NotApplicableCause.WINDOWS),
        (pack(debian(), layer_type=FOREIGN), NotApplicableCause.FOREIGN_LAYERS),
        (pack(debian(), config_type=CHART), NotApplicableCause.ARTIFACT),
        (pack(debian(), layer_type="application/vnd.in-toto+json"), NotApplicableCause.ARTIFACT),
        (pack_as_is([BOMB]), NotApplicableCause.TOO_LARGE),
        (pack_as_is([gzip.compress(b"")] * 2 + [BOMB]), NotApplicableCause.TOO_LARGE),
        (pack_as_is([gzip.compress(debian())[:-20]]), NotApplicableCause.MALFORMED),
        (pack_as_is([gzip.compress(debian())], diff_ids=[]), NotApplicableCause.MALFORMED),
        (Packed(manifest=b"{}", blobs={}), NotApplicableCause.MALFORMED),
        (Packed(manifest=b"[" * 100_000, blobs={}), NotApplicableCause.MALFORMED),
    ],
)
async def test_what_cannot_be_scanned_is_named(
    tmp_path: Path, image: Packed, cause: NotApplicableCause
) -> None:
    found = await fetched(tmp_path, image, limits=Limits(unpacked_bytes=10 * MIB))
    assert isinstance(found, NotApplicable)
    assert found.cause is cause
    assert found.message.endswith(".")


async def test_windows_is_known_before_a_single_layer_is_fetched(tmp_path: Path) -> None:
    image = pack(debian(), os="windows")
    shelf = Shelf(image)
    del shelf.content[digest_of(gzip.compress(debian(), mtime=0))]
    found = await fetched(tmp_path, image, shelf)
    assert isinstance(found, NotApplicable)
    assert found.platform.os == "windows"


async def test_layers_beyond_the_limit_are_not_fetched(tmp_path: Path) -> None:
    shelf = Shelf(IMAGE)
    for digest in list(IMAGE.blobs)[1:]:
        del shelf.content[digest]
    found = await fetched(tmp_path, IMAGE, shelf, Limits(compressed_bytes=100))
    assert isinstance(found, NotApplicable)
    assert found.cause is NotApplicableCause.TOO_LARGE


async def test_a_configuration_beyond_all_reason_is_not_fetched(tmp_path: Path) -> None:
    document = json.loads(IMAGE.manifest)
    document["config"] = {"mediaType": CONFIG, "digest": "sha256:" + "1" * 64, "size": 2**40}
    image = Packed(manifest=json.dumps(document).encode(), blobs={})
    found = await fetched(tmp_path, image)
    assert isinstance(found, NotApplicable)
    assert found.cause is NotApplicableCause.TOO_LARGE


async def test_names_inside_an_image_are_made_harmless(tmp_path: Path) -> None:
    found = await fetched(tmp_path, pack(debian(), os="lin\x1b[31mux\r\n" + "x" * 200))
    assert isinstance(found, Fetched)
    assert found.platform.os.startswith("lin?[31mux xx")
    assert len(found.platform.os) <= 128


@pytest.mark.parametrize("which", range(4), ids=["manifest", "config", "first", "second"])
async def test_other_bytes_than_the_digest_says_are_not_believed(
    tmp_path: Path, which: int
) -> None:
    shelf = Shelf(IMAGE)
    digest = list(shelf.content)[which]
    content = shelf.content[digest]
    shelf.content[digest] = bytes([content[0] ^ 1]) + content[1:]
    with pytest.raises(UntrustedContent):
        await fetched(tmp_path, IMAGE, shelf)


async def test_a_digest_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await fetched(tmp_path, IMAGE, Shelf())


async def test_a_registry_that_refuses_the_token_denies_the_pull(tmp_path: Path) -> None:
    with pytest.raises(AccessDenied):
        await fetched(tmp_path, IMAGE, Script(web.Response(status=401)))
