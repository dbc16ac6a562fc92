"""An OCI image layout of one image: the form in which catalogers take an image from a folder.

OCI image layout specification, version 1.0.0. It names exactly one manifest, since Syft takes no
more than one.
"""

import json
from pathlib import Path


def begin_layout(layout: Path, manifest: bytes, media_type: str, digest: str) -> None:
    """Make the folder with everything in it but the blobs that the manifest names."""
    (layout / "blobs" / "sha256").mkdir(parents=True)
    descriptor = {"mediaType": media_type, "digest": digest, "size": len(manifest)}
    index = {"schemaVersion": 2, "manifests": [descriptor]}
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    (layout / "index.json").write_text(json.dumps(index))
    blob_path(layout, digest).write_bytes(manifest)


def blob_path(layout: Path, digest: str) -> Path:
    """Where the blob of that digest belongs."""
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")
