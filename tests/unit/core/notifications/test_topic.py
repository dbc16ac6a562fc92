"""What Event Grid's own client sends arrives at the local topic; its refusals are told apart."""

import pytest
from aiohttp import web
from azure.core.credentials import AzureKeyCredential

from core.clouds import CLOUDS, CloudName
from core.errors import TopicRefused, TopicUnavailable
from core.notifications.notices import Notice
from core.notifications.topic import open_topic
from tests.support.azure import Pretender, azure
from tests.support.samples import at
from tests.support.topics import local_topic


def notice(number: int = 1, *, size: int = 10) -> Notice:
    return Notice(
        id=f"{number:032x}",
        type="Pratique.Image.Recovered",
        source="/pratique/log",
        subject="demo.azurecr.io/team/app@sha256:1",
        time=at(number),
        data=b'{"text": "' + b"x" * size + b'"}',
    )


async def test_a_batch_arrives_as_cloud_events() -> None:
    async with local_topic() as (topic, client):
        await client.send([notice(1), notice(2, size=3)])
    first, second = topic.taken
    assert first["id"] == f"{1:032x}"
    assert (second["specversion"], second["type"]) == ("1.0", "Pratique.Image.Recovered")
    assert second["subject"] == "demo.azurecr.io/team/app@sha256:1"
    assert second["data"] == {"text": "xxx"}
    assert str(second["time"]).startswith("2026-01-01T00:02:00")


async def test_a_wrong_key_is_a_reason_to_try_again_once_it_is_mended() -> None:
    async with local_topic(shown="another") as (topic, client):
        with pytest.raises(TopicUnavailable, match="let us in"):
            await client.send([notice()])
    assert topic.taken == []


async def test_what_is_too_large_is_refused_for_good() -> None:
    async with local_topic() as (_, client):
        with pytest.raises(TopicRefused, match="413"):
            await client.send([notice(size=1100 * 1024)])


async def test_a_bad_request_is_refused_for_good() -> None:
    async with local_topic() as (topic, client):
        topic.trouble = 400
        with pytest.raises(TopicRefused, match="400"):
            await client.send([notice()])


async def test_a_refusal_that_passes_is_told_apart() -> None:
    async with local_topic() as (topic, client):
        topic.trouble = 409
        with pytest.raises(TopicUnavailable, match="409"):
            await client.send([notice()])


async def test_a_topic_that_is_not_there_is_unavailable() -> None:
    async with open_topic("http://127.0.0.1:1/api/events", AzureKeyCredential("key")) as client:
        with pytest.raises(TopicUnavailable):
            await client.send([notice()])


@pytest.mark.parametrize("name", list(CloudName))
async def test_a_token_is_shown_to_the_topic_alone_in_whichever_cloud_it_is(
    name: CloudName,
) -> None:
    cloud, identity = CLOUDS[name], Pretender()
    host = f"evgt-pratique.{cloud.event_grid}"
    asked: list[tuple[str, str]] = []

    async def topic(request: web.BaseRequest) -> web.Response:
        asked.append((request.host, request.headers["Authorization"]))
        return web.Response()

    async with (
        azure(topic, host) as here,
        open_topic(
            f"https://{host}/api/events",
            identity,
            transport=here.transport(),
        ) as client,
    ):
        await client.send([notice()])
    assert asked == [(host, "Bearer worthless")]
