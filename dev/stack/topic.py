"""A topic on this machine: takes CloudEvents as an Event Grid custom topic does, and shows them.

It speaks as much of the protocol as a publisher sees: the path and its version, the key, batches of
CloudEvents, the limit of their size, and refusals in Azure's form. What it has taken is shown at
`GET /notices`, and stands a line each in a file.
"""

import argparse
import asyncio
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from aiohttp import web

from dev.stack.process import Process, ready, spawn_module
from dev.stack.serving import log_to_output, serve

PATH = "/api/events"
API_VERSION = "2018-01-01"
BATCH = "application/cloudevents-batch+json"
LARGEST = 1024 * 1024
"""Bytes of a request, as Event Grid limits it."""
_REQUIRED = ("id", "source", "type", "specversion")


@dataclass(slots=True)
class LocalTopic:
    """Takes what is published, when it is published properly."""

    key: str
    file: Path | None = None
    """Where each CloudEvent is kept, a line of JSON each."""
    trouble: int | None = None
    """The status that every publication is answered with while it is set."""
    taken: list[dict[str, object]] = field(default_factory=list)
    """All that was published, in order, repetitions included."""

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application(client_max_size=LARGEST)
        application.router.add_post(PATH, self._publish)
        application.router.add_get("/notices", self._show)
        return application

    async def _publish(self, request: web.Request) -> web.Response:
        if self.trouble is not None:
            return _refusal(self.trouble, "The topic is in trouble.")
        if not hmac.compare_digest(request.headers.get("aeg-sas-key", ""), self.key):
            return _refusal(401, "The request has no valid key of this topic.")
        if request.query.get("api-version") != API_VERSION or request.content_type != BATCH:
            return _refusal(400, f"Only {BATCH} of version {API_VERSION} is taken here.")
        events = json.loads(await request.read())
        if not isinstance(events, list) or not all(_is_cloud_event(one) for one in events):
            return _refusal(400, "This is no batch of CloudEvents.")
        self.taken += events
        if self.file is not None:
            with self.file.open("a") as lines:
                lines.writelines(json.dumps(event) + "\n" for event in events)
        return web.Response()

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self.taken)


def _is_cloud_event(event: object) -> bool:
    """Whether it has what CloudEvents 1.0 demands, in the form that Event Grid takes."""
    if not isinstance(event, dict):
        return False
    fields = cast("dict[str, object]", event)
    texts = [fields.get(name) for name in _REQUIRED]
    return all(isinstance(text, str) and text for text in texts) and texts[-1] == "1.0"


def _refusal(status: int, message: str) -> web.Response:
    """An error in the form that Azure's clients read."""
    codes = {400: "BadRequest", 401: "Unauthorized", 413: "RequestEntityTooLarge"}
    error = {"code": codes.get(status, "InternalServerError"), "message": message}
    return web.json_response({"error": error}, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTopic:
    """A topic that runs."""

    process: Process
    url: str
    """`GET /notices` is here."""
    key: str

    @property
    def endpoint(self) -> str:
        """What a publisher is given."""
        return f"{self.url}{PATH}"


async def start_topic(folder: Path, *, key: str, detached: bool = False) -> RunningTopic:
    """Start it as a process, with its log and its notices in `folder`."""
    process = spawn_module(
        "topic",
        "dev.stack.topic",
        f"--key={key}",
        *("--file", str(folder / "notices.jsonl")),
        log=folder / "topic.log",
        detached=detached,
    )
    [url] = await ready(process, r"listening at (\S+)")
    return RunningTopic(process=process, url=url, key=key)


def main() -> None:
    """`python -m dev.stack.topic`; the stack starts it."""
    log_to_output()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", required=True, help="what publishers must show")
    parser.add_argument("--file", required=True, type=Path, help="where notices are kept")
    asked = parser.parse_args()
    asyncio.run(serve(LocalTopic(key=asked.key, file=asked.file).application()))


if __name__ == "__main__":
    main()
