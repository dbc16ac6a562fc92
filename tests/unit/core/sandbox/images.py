"""Images of the test, built blob by blob, so that each part of one can be wrong."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import ClientSession, web

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

BASH = b"""Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A manifest, and the blobs that it names."""

    manifest: bytes
    blobs: Mapping[str, bytes]
    media_type: str = MANIFEST

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)


def archive(files: Mapping[str, bytes]) -> bytes:
    """A layer that is not packed yet."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def debian(**more: bytes) -> bytes:
    """A layer of a Debian that has bash, and nothing else unless `more` is given."""
    files = {
        "etc/debian_version": b"12.5\n",
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": BASH,
    }
    return archive(files | more)


def pack(
    *layers: bytes,
    os: str = "linux",
    config_type: str = CONFIG,
    layer_type: str = LAYER,
    annotations: Mapping[str, str] | None = None,
    running: object = None,
) -> Packed:
    """An image of these layers, each given unpacked; `running` is how a container of it runs."""
    return pack_as_is(
        [gzip.compress(layer, mtime=0) for layer in layers],
        diff_ids=[digest_of(layer) for layer in layers],
        os=os,
        config_type=config_type,
        layer_type=layer_type,
        annotations=annotations,
        running=running,
    )


def pack_as_is(
    layers: Sequence[bytes],
    *,
    diff_ids: Sequence[str] | None = None,
    os: str = "linux",
    config_type: str = CONFIG,
    layer_type: str = LAYER,
    annotations: Mapping[str, str] | None = None,
    running: object = None,
) -> Packed:
    """An image whose layers are packed already, or pretend to be."""
    ids = ["sha256:" + "0" * 64] * len(layers) if diff_ids is None else list(diff_ids)
    rootfs = {"type": "layers", "diff_ids": ids}
    config = json.dumps(
        {"os": os, "architecture": "arm64", "variant": "v8", "rootfs": rootfs, "config": running}
    )
    blobs = {digest_of(blob): blob for blob in (config.encode(), *layers)}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described(config.encode(), config_type),
        "layers": [described(layer, layer_type) for layer in layers],
        "annotations": dict(annotations or {}),
    }
    return Packed(manifest=json.dumps(manifest).encode(), blobs=blobs)


def described(content: bytes, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Shelf:
    """A registry's answers: what was put on it, under whatever digest."""

    def __init__(self, *images: Packed) -> None:
        self.content: dict[str, bytes] = {}
        for image in images:
            self.content |= {image.digest: image.manifest, **image.blobs}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        found = self.content.get(request.path.rsplit("/", 1)[-1])
        return web.Response(status=404) if found is None else web.Response(body=found)


async def push(session: ClientSession, registry: str, repository: str, image: Packed) -> None:
    """Push to a real registry (OCI distribution specification, monolithic uploads)."""
    base = f"http://{registry}/v2/{repository}"
    for digest, content in image.blobs.items():
        async with session.post(f"{base}/blobs/uploads/") as begun:
            place = begun.headers["Location"]
        place += ("&" if "?" in place else "?") + f"digest={digest}"
        async with session.put(place, data=io.BytesIO(content)) as stored:
            assert stored.status == 201, await stored.text()
    headers = {"Content-Type": image.media_type}
    url = f"{base}/manifests/{image.digest}"
    async with session.put(url, data=image.manifest, headers=headers) as stored:
        assert stored.status == 201, await stored.text()
