"""Pushes many small images fast: straight through the registry's API, without a process for each.

After the OCI distribution specification v1.1, "Pushing": a blob by one POST and one PUT, the
manifest last, under its tag.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from core.registry.manifests import Manifest, parse_manifest
from dev.images.oci import MANIFEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One image that waits to be pushed."""

    layout: Path
    """The OCI layout that holds it, and nothing else."""
    digest: str
    repository: str
    tag: str


async def push_all(registry: str, pushes: Sequence[Push], *, at_a_time: int) -> None:
    """Push them to a registry on loopback that asks for no credentials, so many at a time.

    Raises aiohttp's error when the registry refuses anything.
    """
    turns = asyncio.Semaphore(at_a_time)
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def one(push: Push) -> None:
            async with turns:
                await _push(session, f"http://{registry}/v2/{push.repository}", push)

        await asyncio.gather(*(one(push) for push in pushes))


async def _push(session: aiohttp.ClientSession, repository: str, push: Push) -> None:
    content = _blob(push, push.digest)
    manifest = parse_manifest(content)
    assert isinstance(manifest, Manifest)  # noqa: S101 - a layout of one image
    for part in (manifest.config, *manifest.layers):
        await _upload(session, repository, part.digest, _blob(push, part.digest))
    address = f"{repository}/manifests/{push.tag}"
    async with session.put(address, data=content, headers={"Content-Type": MANIFEST}):
        return


async def _upload(
    session: aiohttp.ClientSession, repository: str, digest: str, content: bytes
) -> None:
    async with session.post(f"{repository}/blobs/uploads/") as begun:
        place = begun.headers["Location"]
    address = URL(f"{place}{'&' if '?' in place else '?'}digest={digest}", encoded=True)
    headers = {"Content-Type": "application/octet-stream"}
    async with session.put(address, data=content, headers=headers):
        return


def _blob(push: Push, digest: str) -> bytes:
    return (push.layout / "blobs" / digest.replace(":", "/")).read_bytes()
