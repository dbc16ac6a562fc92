"""An image is an image whatever it is dressed as; other things are told apart by name."""

import pytest

from core.domain.values import NotApplicableCause
from core.registry.classification import Kind, classify, classify_child
from core.registry.manifests import (
    ArtifactManifest,
    DescribedPlatform,
    Descriptor,
    ImageConfig,
    Index,
    LegacyManifest,
    Manifest,
    parse_config,
)
from core.registry.media_types import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    FOREIGN_LAYERS,
    LAYERS,
    OCI_INDEX,
    OCI_MANIFEST,
)

IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
TAR = "application/vnd.oci.image.layer.v1.tar+gzip"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
IN_TOTO = "application/vnd.in-toto+json"
COSIGN = "application/vnd.dev.cosign.simplesigning.v1+json"
LINUX = parse_config(b'{"os":"linux","rootfs":{"diff_ids":["a"]}}')
WINDOWS = parse_config(b'{"os":"Windows","rootfs":{"diff_ids":["a"]}}')
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


def described(media_type: str) -> Descriptor:
    return Descriptor(media_type=media_type, digest="sha256:" + "3c" * 32, size=1)


def manifest(config: str, *layers: str, artifact_type: str | None = None) -> Manifest:
    return Manifest(
        config=described(config),
        layers=tuple(described(layer) for layer in layers),
        artifact_type=artifact_type,
    )


@pytest.mark.parametrize("layer", sorted(LAYERS))
@pytest.mark.parametrize("config", [IMAGE_CONFIG, "application/vnd.docker.container.image.v1+json"])
def test_an_image_of_docker_or_oci_in_any_packing(config: str, layer: str) -> None:
    assert classify(manifest(config, layer), LINUX) is Kind.IMAGE
    assert Kind.IMAGE.cause is None


def test_an_image_of_nothing_is_still_an_image() -> None:
    assert classify(manifest(IMAGE_CONFIG), ImageConfig(os="linux")) is Kind.IMAGE


def test_an_artifact_type_does_not_hide_an_image() -> None:
    dressed = manifest(IMAGE_CONFIG, TAR, artifact_type="application/vnd.cncf.notary.signature")
    assert classify(dressed, LINUX) is Kind.IMAGE


@pytest.mark.parametrize("layer", [TAR, FOREIGN])
def test_an_image_for_windows_is_named_so_even_with_foreign_layers(layer: str) -> None:
    kind = classify(manifest(IMAGE_CONFIG, layer), WINDOWS)
    assert (kind, kind.cause) == (Kind.WINDOWS, NotApplicableCause.WINDOWS)


@pytest.mark.parametrize("layer", sorted(FOREIGN_LAYERS))
def test_one_foreign_layer_is_enough(layer: str) -> None:
    kind = classify(manifest(IMAGE_CONFIG, TAR, layer), LINUX)
    assert (kind, kind.cause) == (Kind.FOREIGN_LAYERS, NotApplicableCause.FOREIGN_LAYERS)


@pytest.mark.parametrize(
    "unreadable",
    [
        manifest(IMAGE_CONFIG, TAR, TAR + "+encrypted"),
        manifest(IMAGE_CONFIG, TAR, IN_TOTO),
        manifest(IMAGE_CONFIG, TAR, TAR),  # the configuration names one layer
    ],
)
def test_an_image_that_cannot_be_read_as_a_whole_is_not_read_in_part(unreadable: Manifest) -> None:
    kind = classify(unreadable, LINUX)
    assert (kind, kind.cause) == (Kind.UNREADABLE, NotApplicableCause.MALFORMED)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (manifest(IMAGE_CONFIG, IN_TOTO, IN_TOTO), Kind.ATTESTATION),
        (manifest(EMPTY, "application/vnd.dsse.envelope.v1+json"), Kind.ATTESTATION),
        (manifest(IMAGE_CONFIG, COSIGN), Kind.SIGNATURE),
        (
            manifest(EMPTY, "a/b", artifact_type="application/vnd.cncf.notary.signature"),
            Kind.SIGNATURE,
        ),
        (manifest("application/vnd.cncf.notary.signature", "a/b"), Kind.SIGNATURE),
        (manifest(EMPTY, EMPTY, artifact_type="application/spdx+json"), Kind.ARTIFACT),
        (manifest("application/vnd.cncf.helm.config.v1+json", "a/b"), Kind.ARTIFACT),
        (manifest("application/vnd.docker.plugin.v1+json", TAR), Kind.ARTIFACT),
        (manifest(IMAGE_CONFIG, "text/spdx+json"), Kind.ARTIFACT),
        (ArtifactManifest(), Kind.ARTIFACT),
    ],
)
def test_what_nobody_runs_is_told_apart(document: Manifest | ArtifactManifest, kind: Kind) -> None:
    assert classify(document, LINUX) is kind
    assert kind.cause is NotApplicableCause.ARTIFACT


def test_an_index_and_schema_1_need_no_configuration() -> None:
    assert classify(Index(children=(described(OCI_MANIFEST),))) is Kind.INDEX
    assert classify(LegacyManifest()) is Kind.LEGACY
    assert Kind.LEGACY.cause is NotApplicableCause.MALFORMED


def child(
    media_type: str,
    platform: DescribedPlatform | None = None,
    annotations: dict[str, str] | None = None,
) -> Descriptor:
    return Descriptor(
        media_type=media_type,
        digest="sha256:" + "3c" * 32,
        size=1,
        platform=platform,
        annotations=annotations,
    )


NOWHERE = DescribedPlatform(os="unknown", architecture="unknown")
AMD64 = DescribedPlatform(os="linux", architecture="amd64")


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        (child(OCI_MANIFEST, AMD64), Kind.IMAGE),
        (child(DOCKER_MANIFEST), Kind.IMAGE),
        (child(OCI_MANIFEST, NOWHERE, ATTESTATION), Kind.ATTESTATION),
        (child(OCI_MANIFEST, NOWHERE), Kind.IMAGE),
        (child(OCI_INDEX, AMD64), Kind.INDEX),
        (child(DOCKER_INDEX), Kind.INDEX),
        (child("application/vnd.wasm.content.layer.v1+wasm"), Kind.ARTIFACT),
    ],
)
def test_a_child_is_told_by_what_its_index_says(member: Descriptor, kind: Kind) -> None:
    assert classify_child(member) is kind


@pytest.mark.parametrize("platform", [AMD64, None])
def test_an_annotation_alone_does_not_hide_a_child(platform: DescribedPlatform | None) -> None:
    assert classify_child(child(OCI_MANIFEST, platform, ATTESTATION)) is Kind.IMAGE
