"""What the app needs to start, and what it does without."""

import logging

import pytest

from core.errors import SandboxError
from core.storage.memory import MemoryInbox, MemoryQueues
from functions.bootstrap import sweep_up
from tests.support.sandboxes import Sandboxes


class Unswept(Sandboxes):
    """Nobody answers who could say what is there."""

    async def sweep(self) -> None:
        raise SandboxError("listing container groups: 503")


async def test_an_azure_that_lists_no_sandboxes_does_not_keep_the_app_from_answering(
    caplog: pytest.LogCaptureFixture,
) -> None:
    unswept = Unswept(MemoryInbox(), MemoryQueues())
    with caplog.at_level(logging.WARNING):
        await sweep_up(unswept)
    assert "not removed yet: listing container groups: 503" in caplog.text
