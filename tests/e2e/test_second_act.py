"""The second act of the demo: what happens to an image after its first verdict."""

import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from core.domain.values import Health
from core.notifications.notices import IMAGE_TYPE, ImageNotice
from dev.demo.api import Api, open_api
from dev.demo.story import REPOSITORY, play
from dev.demo.witness import Untrue, Witness
from dev.images import samples
from dev.images.oci import build_layout
from dev.publish import publish_first
from dev.stack.skopeo import push
from dev.stack.stack import Stack, running_stack
from tests.e2e.push_to_findings.client import until

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

FIRST = "demo/first"


async def makes_known(stack: Stack, api: Api, folder: Path) -> None:
    """The content that the story begins with has its verdict, and was pulled for that."""
    began = datetime.now(UTC)
    build_layout(folder, samples.alpine())
    await push(f"oci:{folder}", stack.registry, FIRST, "v1")

    async def judged() -> bool:
        return any(image.health is Health.UNHEALTHY for image in await api.images(FIRST))

    async def pulled() -> bool:
        """The registry's word may be late."""
        try:
            await Witness(stack=stack, api=api).nothing_pulled(began, datetime.now(UTC))
        except Untrue:
            return True
        return False

    await until(judged)
    await until(pulled)


async def test_every_scene_comes_to_its_end_and_says_so() -> None:
    said = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="pratique-e2e-") as folder:
        Path(folder).chmod(0o755)
        async with (
            running_stack(Path(folder, "stack")) as stack,
            open_api(stack.http, stack.headers()) as api,
        ):
            await publish_first(stack)
            await makes_known(stack, api, Path(folder, "first"))
            await play(Console(file=said, width=120), stack, api)
            assert await api.images(REPOSITORY) == []
            told = await api.told(stack.topic)
    notices = [
        msgspec.convert(one["data"], ImageNotice)
        for one in told
        if str(one["type"]).startswith(IMAGE_TYPE)
    ]
    [notice] = [one for one in notices if (one.repository, one.cause) == (REPOSITORY, "push")]
    assert notice.kind == "BecameUnhealthy"
    for scene in ("is Unhealthy after", "without a tag", "it is Healthy", "count again", "tzdata"):
        assert scene in said.getvalue()
