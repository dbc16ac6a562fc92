"""What a manifest is: an image to scan, or one of the many other things that registries hold.

The rule errs on the side of scanning. Whoever pushes chooses annotations, artifact types and media
types; if one of them sufficed to pass for a signature, an image could hide behind it and still be
run. So a manifest is something else only where no runtime would run it.
"""

from enum import StrEnum

from core.domain.values import NotApplicableCause
from core.registry.manifests import (
    ArtifactManifest,
    Descriptor,
    Document,
    ImageConfig,
    Index,
    LegacyManifest,
    Manifest,
)
from core.registry.media_types import (
    ATTESTATIONS,
    FOREIGN_LAYERS,
    IMAGE_CONFIGS,
    INDEXES,
    LAYERS,
    MANIFESTS,
    SIGNATURES,
)

_REFERENCE_TYPE = "vnd.docker.reference.type"
_ATTESTATION_MANIFEST = "attestation-manifest"


class Kind(StrEnum):
    """What a manifest turned out to be."""

    IMAGE = "image"
    """An image for Linux or the like: every layer is there and can be read."""
    INDEX = "index"
    """Several manifests; what they are is theirs to say."""
    WINDOWS = "windows"
    """An image for Windows."""
    FOREIGN_LAYERS = "foreign-layers"
    """An image with layers that the registry does not hold."""
    UNREADABLE = "unreadable"
    """An image with layers that nobody here can read: of unknown type (encrypted, say), or not as
    many as its configuration names."""
    LEGACY = "legacy"
    """An image in Docker's schema 1."""
    ATTESTATION = "attestation"
    """A statement about another image: provenance, an SBOM."""
    SIGNATURE = "signature"
    """A signature of another image."""
    ARTIFACT = "artifact"
    """Anything else: a chart, a policy, a WebAssembly module."""

    @property
    def cause(self) -> NotApplicableCause | None:
        """Why it cannot be scanned; `None` for what can."""
        return _CAUSES.get(self)


_CAUSES = {
    Kind.WINDOWS: NotApplicableCause.WINDOWS,
    Kind.FOREIGN_LAYERS: NotApplicableCause.FOREIGN_LAYERS,
    Kind.UNREADABLE: NotApplicableCause.MALFORMED,
    Kind.LEGACY: NotApplicableCause.MALFORMED,
    Kind.ATTESTATION: NotApplicableCause.ARTIFACT,
    Kind.SIGNATURE: NotApplicableCause.ARTIFACT,
    Kind.ARTIFACT: NotApplicableCause.ARTIFACT,
}


def classify(document: Document, config: ImageConfig | None = None) -> Kind:
    """Say what a manifest is; with its image configuration, also whether it is one for Windows.

    Without the configuration an image is only likely to be one: fetch it and ask again before the
    layers are fetched. Anything else stays what it is.
    """
    match document:
        case Index():
            return Kind.INDEX
        case LegacyManifest():
            return Kind.LEGACY
        case ArtifactManifest():
            return Kind.ARTIFACT
        case Manifest() if document.config.media_type not in IMAGE_CONFIGS:
            return _artifact(document)
        case Manifest():
            return _image(document, config)


def classify_child(child: Descriptor) -> Kind:
    """Say what a manifest in an index is, as far as the index tells: IMAGE means worth a look."""
    if child.media_type in INDEXES:
        return Kind.INDEX
    if child.media_type not in MANIFESTS:
        return Kind.ARTIFACT
    marked = (child.annotations or {}).get(_REFERENCE_TYPE) == _ATTESTATION_MANIFEST
    nowhere = child.platform is not None and child.platform.os == "unknown"
    return Kind.ATTESTATION if marked and nowhere else Kind.IMAGE


def _image(manifest: Manifest, config: ImageConfig | None) -> Kind:
    layers = {layer.media_type for layer in manifest.layers}
    if layers and not layers & (LAYERS | FOREIGN_LAYERS):
        return _artifact(manifest)  # BuildKit's and cosign's have the configuration of an image
    if config is not None and config.os.lower() == "windows":
        return Kind.WINDOWS
    if not layers <= LAYERS | FOREIGN_LAYERS:
        return Kind.UNREADABLE
    if layers & FOREIGN_LAYERS:
        return Kind.FOREIGN_LAYERS
    if config is not None and len(config.diff_ids) != len(manifest.layers):
        return Kind.UNREADABLE
    return Kind.IMAGE


def _artifact(manifest: Manifest) -> Kind:
    """Which artifact it is, for people: all of them are treated alike."""
    types = {layer.media_type for layer in manifest.layers}
    own = {manifest.config.media_type, manifest.artifact_type}
    if (types and types <= SIGNATURES) or own & SIGNATURES:
        return Kind.SIGNATURE
    return Kind.ATTESTATION if types and types <= ATTESTATIONS else Kind.ARTIFACT
