"""Pushes, pulls and deletes images with `skopeo`, the client that needs no container engine."""

import asyncio
import re
import tempfile
from pathlib import Path

from core.errors import PratiqueError


class SkopeoFailed(PratiqueError):
    """`skopeo` did not do what it was asked; the message ends with its own last words."""


async def push(source: str, login_server: str, repository: str, tag: str) -> str:
    """Copy all of `source`, any source that skopeo knows, to the local registry; its digest there.

    An index is copied with all its platforms. The image's signature policy, which a machine may
    not have, does not matter here: nothing is ever run.
    """
    with tempfile.TemporaryDirectory() as folder:
        digest = Path(folder, "digest")
        destination = f"docker://{login_server}/{repository}:{tag}"
        options = ["--all", "--quiet", "--dest-tls-verify=false", "--digestfile", str(digest)]
        if re.match(r"docker://(localhost|127\.[0-9.]+)[:/]", source):  # as Docker itself has it
            options.append("--src-tls-verify=false")
        await _skopeo("copy", *options, source, destination)
        return digest.read_text().strip()


async def fetch(login_server: str, repository: str, digest: str, layout: Path) -> None:
    """Pull a manifest, as somebody who uses it does, into an OCI layout."""
    source = f"docker://{login_server}/{repository}@{digest}"
    await _skopeo("copy", "--quiet", "--src-tls-verify=false", source, f"oci:{layout}")


async def delete(login_server: str, repository: str, digest: str) -> None:
    """Delete a manifest, and with it every tag that points to it."""
    await _skopeo("delete", "--tls-verify=false", f"docker://{login_server}/{repository}@{digest}")


async def _skopeo(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "skopeo",
        "--insecure-policy",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise SkopeoFailed(f"skopeo {' '.join(arguments)} failed: {said.decode().strip()}")
