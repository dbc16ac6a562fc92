"""What somebody without Pratique would type: `skopeo copy`, then `trivy image --input`."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from core.errors import PratiqueError
from core.sandbox.installed import installed_tools
from core.sandbox.interface import CatalogerName


class ByHandFailed(PratiqueError):
    """One of the two programs did not do what it was asked."""


async def by_hand(image: str, folder: Path) -> float:
    """Seconds to pull `image` (registry, repository and digest) and to list its packages."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        layout = Path(own, "image")
        began = time.perf_counter()
        source = f"docker://{image}"
        await _run("skopeo", "copy", "--quiet", "--src-tls-verify=false", source, f"oci:{layout}")
        await list_packages(layout)
        return time.perf_counter() - began


async def list_packages(layout: Path) -> bytes:
    """Trivy's inventory of the image in an OCI layout. Its cache is empty each time, as it is in a
    sandbox."""
    trivy = installed_tools()[CatalogerName.TRIVY].program[0]
    with tempfile.TemporaryDirectory() as cache:
        quiet = ("--quiet", "--offline-scan", "--cache-dir", cache)
        asked = ("image", "--input", str(layout), "--format", "cyclonedx")
        return await _run(trivy, *asked, *quiet)


async def _run(program: str, *arguments: str) -> bytes:
    """What a program writes, run in silence."""
    silent = {"TRIVY_DISABLE_TELEMETRY": "true", "TRIVY_SKIP_VERSION_CHECK": "true"}
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        env={**os.environ, **silent},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        written, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ByHandFailed(f"{program} failed: {said.decode(errors='replace').strip()}")
    return written
