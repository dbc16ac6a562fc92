"""Try the cage and the cataloger on an image that has nothing in it: will this machine do?"""

import hashlib
import json
import sys

from core.registry.media_types import OCI_MANIFEST
from core.sandbox.agent.attempt import Bench
from core.sandbox.agent.cage import Folders
from core.sandbox.agent.catalogue import Inventory, catalogue
from core.sandbox.agent.layout import begin_layout, blob_path
from core.sandbox.interface import Limits


async def check(bench: Bench) -> int:
    """The exit code: 0 where an inventory came out. Otherwise standard error says why not."""
    folders = Folders(image=bench.folder / "image", scratch=bench.folder / "scratch")
    _empty_image(folders)
    made = await catalogue(bench.tool, folders, Limits(), bench.cage)
    if isinstance(made, Inventory):
        return 0
    print(made.message, file=sys.stderr)
    return 1


def _empty_image(folders: Folders) -> None:
    config = json.dumps(
        {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}
    ).encode()
    described = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": _digest(config),
        "size": len(config),
    }
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described, "layers": []}
    ).encode()
    begin_layout(folders.image, manifest, OCI_MANIFEST, _digest(manifest))
    blob_path(folders.image, _digest(config)).write_bytes(config)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
