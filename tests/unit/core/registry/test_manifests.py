"""Manifests are read strictly: what could be read in two ways is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidManifest
from core.registry.manifests import (
    MAX_CHILDREN,
    MAX_CONFIG,
    MAX_LAYERS,
    MAX_MANIFEST,
    ArtifactManifest,
    Index,
    LegacyManifest,
    Manifest,
    parse_config,
    parse_manifest,
)
from core.registry.media_types import DOCKER_INDEX, DOCKER_MANIFEST, OCI_ARTIFACT, OCI_INDEX

type Json = dict[str, object]

DIGEST = "sha256:" + "3c" * 32
CONFIG: Json = {
    "mediaType": "application/vnd.docker.container.image.v1+json",
    "digest": DIGEST,
    "size": 7023,
}
LAYER: Json = {
    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "digest": "sha256:" + "4d" * 32,
    "size": 32_654,
}
CHILD: Json = {
    "mediaType": DOCKER_MANIFEST,
    "digest": DIGEST,
    "size": 7143,
    "platform": {"os": "linux", "architecture": "arm", "variant": "v7", "features": ["x"]},
    "annotations": {"a": "b"},
}


def image(**changed: object) -> Json:
    whole: Json = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": CONFIG,
        "layers": [LAYER, LAYER],
    }
    return whole | changed


def index(**changed: object) -> Json:
    whole: Json = {"schemaVersion": 2, "mediaType": DOCKER_INDEX, "manifests": [CHILD]}
    return whole | changed


def encode(document: object) -> bytes:
    return json.dumps(document).encode()


def test_an_image_manifest_gives_its_layers_in_order_and_their_size() -> None:
    manifest = parse_manifest(encode(image()))
    assert isinstance(manifest, Manifest)
    assert manifest.media_type == DOCKER_MANIFEST
    assert manifest.config.digest == DIGEST
    assert [layer.size for layer in manifest.layers] == [32_654, 32_654]
    assert manifest.size == 65_308


def test_an_index_gives_its_children_with_their_platforms() -> None:
    parsed = parse_manifest(encode(index()))
    assert isinstance(parsed, Index)
    (child,) = parsed.children
    assert child.platform is not None
    assert (child.platform.os, child.platform.architecture, child.platform.variant) == (
        "linux",
        "arm",
        "v7",
    )
    assert child.annotations == {"a": "b"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [(image(), "application/vnd.oci.image.manifest.v1+json"), (index(), OCI_INDEX)],
)
def test_a_document_without_media_type_is_taken_for_oci(document: Json, expected: str) -> None:
    del document["mediaType"]
    parsed = parse_manifest(encode(document))
    assert isinstance(parsed, Manifest | Index)
    assert parsed.media_type == expected


def test_schema_1_is_recognised_and_not_read() -> None:
    legacy = {"schemaVersion": 1, "name": "a", "fsLayers": [{"blobSum": DIGEST}], "signatures": 7}
    assert parse_manifest(encode(legacy)) == LegacyManifest()


def test_the_withdrawn_artifact_manifest_is_recognised() -> None:
    artifact = {"mediaType": OCI_ARTIFACT, "artifactType": "a/b", "blobs": [LAYER]}
    assert parse_manifest(encode(artifact)) == ArtifactManifest()


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (index(layers=[LAYER]), "as an index and as an image"),
        (index(config=CONFIG), "as an index and as an image"),
        (index(fsLayers=[]), "as an index and as an image"),
        (image(manifests=[]), "as an index and as an image"),
        (image(mediaType=DOCKER_INDEX), "no application/vnd.docker.distribution.manifest.list"),
        (image(mediaType=OCI_ARTIFACT), "no application/vnd.oci.artifact.manifest"),
        (index(mediaType=DOCKER_MANIFEST), "no application/vnd.docker.distribution.manifest.v2"),
        (image(schemaVersion=3), "schemaVersion is 3"),
        (image(schemaVersion="2"), r"\$\.schemaVersion"),
        (image(layers=None), r"\$\.layers"),
        (image(layers=[LAYER] * (MAX_LAYERS + 1)), "length <= 1000"),
        (index(manifests=[CHILD] * (MAX_CHILDREN + 1)), "length <= 500"),
        (image(layers=[LAYER | {"digest": "sha256:../../etc"}]), r"`digest` is not.*layers\[0\]"),
        (image(config=CONFIG | {"digest": "sha512:" + "0" * 128}), r"`digest` is not.*config"),
        (image(layers=[LAYER | {"size": -1}]), r"\$\.layers\[0\]\.size"),
        (image(layers=[LAYER | {"size": 2**53}]), r"\$\.layers\[0\]\.size"),
        (image(layers=[LAYER | {"mediaType": "x" * 256}]), r"\$\.layers\[0\]\.mediaType"),
        (image(annotations={"a": 1}), r"\$\.annotations"),
        ({}, "schemaVersion is None"),
        ({"schemaVersion": 2}, "missing required field `config`"),
        ([], "Expected `object`"),
    ],
)
def test_what_is_no_manifest_or_two_of_them_is_refused(document: object, why: str) -> None:
    with pytest.raises(InvalidManifest, match=why):
        parse_manifest(encode(document))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 200_000,
        b'{"schemaVersion": 2, "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b" " * MAX_CONFIG + b"{}",
    ],
)
def test_bytes_that_are_no_document_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidManifest):
        parse_manifest(data)
    with pytest.raises(InvalidManifest):
        parse_config(data)


def test_an_image_configuration_gives_platform_and_layers() -> None:
    config = parse_config(
        encode(
            {
                "os": "linux",
                "architecture": "arm64",
                "variant": "v8",
                "created": "2026-11-20T10:00:00.123456789Z",
                "config": {"Env": ["A=b"]},
                "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
                "history": [{"empty_layer": True}],
            }
        )
    )
    assert (config.os, config.architecture, config.variant) == ("linux", "arm64", "v8")
    assert config.created == "2026-11-20T10:00:00.123456789Z"
    assert config.diff_ids == (DIGEST,)


def test_an_empty_configuration_says_nothing() -> None:
    config = parse_config(b"{}")
    assert (config.os, config.architecture, config.created, config.diff_ids) == ("", "", None, ())


def test_each_document_has_its_own_limit() -> None:
    padded = b" " * MAX_MANIFEST + b"{}"
    assert parse_config(padded).os == ""
    with pytest.raises(InvalidManifest, match="at most 4194304"):
        parse_manifest(padded)


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
fields = st.sampled_from(["schemaVersion", "mediaType", "config", "layers", "manifests", "subject"])


@given(fields, anything)
def test_no_document_makes_the_reader_stumble(name: str, value: object) -> None:
    try:
        parsed = parse_manifest(encode(image(**{name: value})))
    except InvalidManifest:
        return
    assert isinstance(parsed, Manifest | LegacyManifest)
