"""Layouts are valid, the same input gives the same digests, and skopeo takes them."""

import asyncio
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from dev.images.oci import INDEX, MANIFEST, Image, Index, Layer, build_layout

type Json = Mapping[str, object]

_LAYER = Layer(
    files={"usr/bin/app": b"\x7fELF", "etc/app/app.conf": b"a=1\n"},
    programs=frozenset({"usr/bin/app"}),
)
_IMAGE = Image(layers=[_LAYER, Layer(files={"etc/more": b""})], labels={"team": "harbour"})
_WINDOWS = Image(layers=[_LAYER], os="windows", os_version="10.0.20348.2031")
_INDEX = Index(images=[_IMAGE, Image(layers=[_LAYER], architecture="arm64")], attested=True)


def _blob(layout: Path, descriptor: Json) -> bytes:
    """The blob that a descriptor names, which has the digest and the size that it says."""
    digest = str(descriptor["digest"])
    content = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
    assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert descriptor["size"] == len(content)
    return content


def _json(layout: Path, descriptor: Json) -> Json:
    return cast(Json, json.loads(_blob(layout, descriptor)))


def _children(document: Json, name: str) -> list[Json]:
    return cast("list[Json]", document[name])


def _top(layout: Path) -> Json:
    """The one manifest or index of the layout."""
    index = json.loads((layout / "index.json").read_bytes())
    [descriptor] = _children(index, "manifests")
    return descriptor


def _archives(layout: Path, manifest: Json) -> Iterator[bytes]:
    for layer in _children(manifest, "layers"):
        yield gzip.decompress(_blob(layout, layer))


async def _skopeo(*arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        "skopeo", "--insecure-policy", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output


def test_every_blob_is_what_its_descriptor_says(tmp_path: Path) -> None:
    built = build_layout(tmp_path, _IMAGE)
    top = _top(tmp_path)
    manifest = _json(tmp_path, top)
    config = _json(tmp_path, cast(Json, manifest["config"]))
    assert (built.digest, built.media_type) == (top["digest"], MANIFEST)
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    assert config["config"] == {"Labels": {"team": "harbour"}}
    assert config["rootfs"] == {
        "type": "layers",
        "diff_ids": [
            f"sha256:{hashlib.sha256(archive).hexdigest()}"
            for archive in _archives(tmp_path, manifest)
        ],
    }


def test_a_layer_lists_its_folders_and_says_what_may_be_executed(tmp_path: Path) -> None:
    build_layout(tmp_path, _IMAGE)
    archive = next(_archives(tmp_path, _json(tmp_path, _top(tmp_path))))
    with tarfile.open(fileobj=io.BytesIO(archive)) as layer:
        entries = {entry.name: (entry.isdir(), entry.mode) for entry in layer}
        config = layer.extractfile("etc/app/app.conf")
        assert config is not None
        assert config.read() == b"a=1\n"
    assert entries == {
        "etc": (True, 0o755),
        "etc/app": (True, 0o755),
        "etc/app/app.conf": (False, 0o644),
        "usr": (True, 0o755),
        "usr/bin": (True, 0o755),
        "usr/bin/app": (False, 0o755),
    }


def test_the_same_image_has_the_same_digest_whenever_it_is_built(tmp_path: Path) -> None:
    assert build_layout(tmp_path / "a", _INDEX) == build_layout(tmp_path / "b", _INDEX)
    assert _files(tmp_path / "a") == _files(tmp_path / "b")


def _files(layout: Path) -> Mapping[str, bytes]:
    return {
        str(path.relative_to(layout)): path.read_bytes()
        for path in layout.rglob("*")
        if path.is_file()
    }


def test_a_windows_image_says_so_in_its_configuration(tmp_path: Path) -> None:
    build_layout(tmp_path, _WINDOWS)
    config = _json(tmp_path, cast(Json, _json(tmp_path, _top(tmp_path))["config"]))
    assert (config["os"], config["os.version"]) == ("windows", "10.0.20348.2031")


def test_an_index_names_its_platforms_and_what_attests_them(tmp_path: Path) -> None:
    assert build_layout(tmp_path, _INDEX).media_type == INDEX
    amd64, about_amd64, arm64, about_arm64 = _children(_json(tmp_path, _top(tmp_path)), "manifests")
    assert amd64["platform"] == {"architecture": "amd64", "os": "linux"}
    assert arm64["platform"] == {"architecture": "arm64", "os": "linux"}
    for image, attestation in ((amd64, about_amd64), (arm64, about_arm64)):
        assert attestation["platform"] == {"architecture": "unknown", "os": "unknown"}
        assert attestation["annotations"] == {
            "vnd.docker.reference.digest": image["digest"],
            "vnd.docker.reference.type": "attestation-manifest",
        }
        [layer] = _children(_json(tmp_path, attestation), "layers")
        assert layer["mediaType"] == "application/vnd.in-toto+json"
        statement = _json(tmp_path, layer)
        [subject] = _children(statement, "subject")
        assert subject["digest"] == {"sha256": str(image["digest"]).removeprefix("sha256:")}


async def test_skopeo_reads_an_image(tmp_path: Path) -> None:
    build_layout(tmp_path, _IMAGE)
    inspected = json.loads(await _skopeo("inspect", f"oci:{tmp_path}"))
    assert inspected["Labels"] == {"team": "harbour"}
    assert len(inspected["Layers"]) == 2


async def test_skopeo_copies_an_index_with_its_attestations_and_changes_nothing(
    tmp_path: Path,
) -> None:
    build_layout(tmp_path / "made", _INDEX)
    source, copy = f"oci:{tmp_path / 'made'}", f"oci:{tmp_path / 'copied'}"
    await _skopeo("copy", "--all", "--quiet", source, copy)
    assert await _skopeo("inspect", "--raw", copy) == await _skopeo("inspect", "--raw", source)
    blobs = {path.name for path in (tmp_path / "made" / "blobs" / "sha256").iterdir()}
    assert blobs <= {path.name for path in (tmp_path / "copied" / "blobs" / "sha256").iterdir()}
