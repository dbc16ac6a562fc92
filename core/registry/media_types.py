"""Media types of what a registry holds, by what they are to us.

From the OCI image specification v1.1 (`media-types.md`), Docker's image manifest V2 schema 2, and
the conventions of BuildKit and cosign. Names of types are data: whoever pushes chooses them.
"""

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"
"""A manifest of its own for artifacts: in release candidates of OCI 1.1, and withdrawn since."""

MANIFESTS = frozenset({DOCKER_MANIFEST, OCI_MANIFEST})
"""One image, or an artifact that takes the form of one."""

INDEXES = frozenset({DOCKER_INDEX, OCI_INDEX})
"""Several manifests, most often one for each architecture."""

ACCEPT = ", ".join([OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_INDEX, OCI_ARTIFACT])
"""What to ask a registry for. Left unsaid, it would convert to Docker's schema 1, and so to another
digest."""

IMAGE_CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
        "application/octet-stream",  # early registries wrote it, and Docker still runs such images
    }
)
"""The configuration of something that can be run."""

_OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
_OCI_FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar"
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
_DOCKER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar"

LAYERS = frozenset(
    {
        *(_OCI_LAYER + packing for packing in ("", "+gzip", "+zstd")),
        *(_DOCKER_LAYER + packing for packing in ("", ".gzip", ".zstd")),
    }
)
"""Layers of a file system that the registry holds."""

FOREIGN_LAYERS = frozenset(
    {
        *(_OCI_FOREIGN + packing for packing in ("", "+gzip", "+zstd")),
        *(_DOCKER_FOREIGN + packing for packing in ("", ".gzip")),
    }
)
"""Layers that the registry need not hold: to be fetched from wherever their URLs say. We do not."""

ATTESTATIONS = frozenset(
    {
        "application/vnd.in-toto+json",  # BuildKit
        "application/vnd.dsse.envelope.v1+json",  # cosign attest
    }
)
"""Layers that state something about another image: provenance, an SBOM."""

SIGNATURES = frozenset(
    {
        "application/vnd.dev.cosign.simplesigning.v1+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.cncf.notary.signature",
    }
)
"""Layers, configurations or artifact types that sign another image."""
