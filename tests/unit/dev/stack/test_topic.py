"""The local topic takes notices from whoever shows its key."""

from http import HTTPStatus
from pathlib import Path

import aiohttp

from dev.stack.process import stop
from dev.stack.topic import start_topic


async def test_a_key_may_begin_with_a_dash(tmp_path: Path) -> None:
    topic = await start_topic(tmp_path, key="-first")
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(topic.endpoint, json=[], headers={"aeg-sas-key": "-first"}) as answer,
        ):
            assert answer.status != HTTPStatus.UNAUTHORIZED
    finally:
        await stop(topic.process)
