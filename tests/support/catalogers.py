"""Runs a real cataloger over an image that a test made, outside of any sandbox."""

import asyncio
import tempfile
from pathlib import Path

from core.inventory import Inventory, read
from core.sandbox.agent.catalogers import invocation
from core.sandbox.installed import installed_tools
from core.sandbox.interface import CatalogerName
from dev.images.oci import Image, build_layout


async def inventory(image: Image, name: CatalogerName = CatalogerName.TRIVY) -> Inventory:
    """What the cataloger finds in the image, as we read it."""
    with tempfile.TemporaryDirectory() as folder:
        layout, scratch = Path(folder, "layout"), Path(folder, "scratch")
        scratch.mkdir()
        build_layout(layout, image)
        return read(await _catalogued(layout, scratch, name))


async def _catalogued(layout: Path, scratch: Path, name: CatalogerName) -> bytes:
    run = invocation(installed_tools()[name], layout, scratch)
    for path, content in run.seeds.items():
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        (scratch / path).write_bytes(content)
    process = await asyncio.create_subprocess_exec(
        *run.command,
        env=dict(run.environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    document, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return document
