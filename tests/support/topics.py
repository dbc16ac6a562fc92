"""Topics for tests: one that keeps what it is given, and the local one over real HTTP."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp.test_utils import TestServer
from azure.core.credentials import AzureKeyCredential

from core.notifications.notices import Notice
from core.notifications.topic import EventGridTopic, open_topic
from dev.stack.topic import PATH, LocalTopic


@dataclass(slots=True)
class MemoryTopic:
    """A topic in memory."""

    sent: list[Notice] = field(default_factory=list)
    trouble: Callable[[Sequence[Notice]], Exception | None] = lambda notices: None
    """What to raise instead of taking them."""

    async def send(self, notices: Sequence[Notice]) -> None:
        error = self.trouble(notices)
        if error is not None:
            raise error
        self.sent += notices


@asynccontextmanager
async def local_topic(
    *, key: str = "the key", shown: str | None = None
) -> AsyncIterator[tuple[LocalTopic, EventGridTopic]]:
    """The local topic on loopback, and a client that shows `shown`, its key if not said."""
    topic = LocalTopic(key=key)
    async with (
        TestServer(topic.application()) as server,
        open_topic(str(server.make_url(PATH)), AzureKeyCredential(shown or key)) as client,
    ):
        yield topic, client
