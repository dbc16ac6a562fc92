"""What an image is built from: the layers of its manifest, and the base that it says it has.

The base stands in two annotations of the manifest, `org.opencontainers.image.base.name` and
`org.opencontainers.image.base.digest` (OCI image specification v1.1, annotations), or in labels of
the same names. Whoever builds an image writes them, so they are words and no more; and since they
must not decide whether an image is scanned, those that cannot be read are passed over.
"""

from collections.abc import Mapping

from core.domain.values import Origin, is_digest
from core.registry.manifests import ImageConfig, Manifest
from core.sandbox.outcomes import MAX_NAME, clean

BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"


def origin_of(manifest: Manifest, config: ImageConfig) -> Origin:
    """What the image is built from. Its annotations are asked first: they are the standard's own
    place, and a child inherits its base's labels unless it says otherwise."""
    annotations = manifest.annotations or {}
    said = annotations if BASE_NAME in annotations else config.labels
    return Origin(
        layers=tuple(layer.digest for layer in manifest.layers),
        base_name=clean(said.get(BASE_NAME, ""), MAX_NAME),
        base_digest=_digest(said),
    )


def _digest(said: Mapping[str, str]) -> str:
    digest = said.get(BASE_DIGEST, "")
    return digest if is_digest(digest) else ""
