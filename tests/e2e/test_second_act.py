"""The second act of the demo: what happens to an image after its first verdict."""

import io
import tempfile
from pathlib import Path

import pytest
from rich.console import Console

from dev.demo.api import open_api
from dev.demo.story import REPOSITORY, play
from dev.demo.witness import Untrue
from dev.publish import publish_first
from dev.stack.stack import running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]


async def test_every_scene_comes_to_its_end_and_says_so() -> None:
    said = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="pratique-e2e-") as folder:
        Path(folder).chmod(0o755)
        async with (
            running_stack(Path(folder, "stack")) as stack,
            open_api(stack.http, stack.headers()) as api,
        ):
            await publish_first(stack)
            with pytest.raises(Untrue, match="'nothing was pulled'"):  # nobody knew its content yet
                await play(Console(file=io.StringIO()), stack, api)
            await play(Console(file=said, width=120), stack, api)
            assert await api.images(REPOSITORY) == []
            told = await api.told(stack.topic)
    [notice] = [one for one in told if str(one["type"]).startswith("Pratique.Image.")]
    assert notice["type"] == "Pratique.Image.BecameUnhealthy"
    for scene in ("is Unhealthy after", "without a tag", "it is Healthy", "count again", "tzdata"):
        assert scene in said.getvalue()
