"""The Event Grid webhook, asked as Event Grid asks."""

import json
from uuid import uuid4

import pytest

from tests.functions.host.running import Running

pytestmark = pytest.mark.azurite


async def ask(
    running: Running,
    body: object,
    *,
    kind: str | None = "Notification",
    function: str = "on_event",
    key: str | None = None,
    content_type: str = "application/json",
    method: str = "POST",
) -> tuple[int, str]:
    """The status and text that the webhook answers with; `body` may be text already."""
    code = running.host.state.keys.eventgrid if key is None else key
    headers = {"Content-Type": content_type} | ({"aeg-event-type": kind} if kind else {})
    data = body if isinstance(body, str) else json.dumps(body)
    url = running.url(f"/runtime/webhooks/EventGrid?functionName={function}&code={code}")
    async with running.session.request(method, url, data=data, headers=headers) as response:
        return response.status, await response.text()


def grid_event(**data: object) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "topic": "/subscriptions/s/registries/r",
        "subject": "app:v1",
        "eventType": "Microsoft.ContainerRegistry.ImagePushed",
        "eventTime": "2018-04-25T21:39:47.6549614Z",
        "data": data,
        "dataVersion": "2.0",
    }


async def test_each_event_of_a_batch_is_delivered(running: Running) -> None:
    batch = [grid_event(n=n) for n in range(3)]
    assert await ask(running, batch) == (202, "")
    for event in batch:
        await running.told("event", ["EventGridEvent", event["id"], event["data"]])


async def test_a_bare_object_is_one_event_in_either_schema(running: Running) -> None:
    cloud = {"specversion": "1.0", "id": str(uuid4()), "source": "/s", "type": "t", "data": {}}
    kind = "application/cloudevents+json; charset=utf-8"
    assert await ask(running, cloud, content_type=kind) == (202, "")
    await running.told("event", ["CloudEvent", cloud["id"], {}])
    single = grid_event(n=1)
    assert await ask(running, single) == (202, "")
    await running.told("event", ["EventGridEvent", single["id"], {"n": 1}])


async def test_one_failure_fails_the_batch_after_all_were_delivered(running: Running) -> None:
    batch = [grid_event(fail=True), grid_event(n=2)]
    status, text = await ask(running, batch)
    assert (status, text) == (500, "ValueError: told to fail")
    for event in batch:
        await running.told("event", ["EventGridEvent", event["id"], event["data"]])


async def test_an_empty_batch_is_taken(running: Running) -> None:
    assert await ask(running, []) == (202, "")


async def test_a_subscription_is_validated_by_sending_its_code_back(running: Running) -> None:
    event = {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"}
    body = [{**event, "data": {"validationCode": "512d38b6", "validationUrl": "https://x"}}]
    status, text = await ask(running, body, kind="SubscriptionValidation")
    assert (status, json.loads(text)) == (200, {"validationResponse": "512d38b6"})


async def test_cloudevents_ask_for_consent_with_options(running: Running) -> None:
    code = running.host.state.keys.eventgrid
    url = running.url(f"/runtime/webhooks/EventGrid?functionName=on_event&code={code}")
    headers = {"WebHook-Request-Origin": "eventgrid.azure.us"}
    async with running.session.options(url, headers=headers) as response:
        assert response.status == 200
        assert response.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.us"


async def test_unsubscribing_is_acknowledged(running: Running) -> None:
    assert (await ask(running, "", kind="Unsubscribe"))[0] == 202


@pytest.mark.parametrize("function", ["nobody", "", "echo", "ON_EVENT"])
async def test_a_function_that_takes_no_events_is_a_404(running: Running, function: str) -> None:
    assert (await ask(running, [], function=function))[0] == 404


@pytest.mark.parametrize("kind", [None, "", "Other"])
async def test_a_request_that_does_not_say_what_it_is_is_a_400(
    running: Running, kind: str | None
) -> None:
    assert (await ask(running, [], kind=kind))[0] == 400


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_without_the_system_key_nothing_is_said(running: Running, key: str) -> None:
    assert await ask(running, [], key=key, function="nobody") == (401, "")


async def test_a_function_key_does_not_open_the_webhook(running: Running) -> None:
    assert (await ask(running, [], key=running.host.state.keys.function))[0] == 401


@pytest.mark.parametrize(
    "body",
    ["", "not json", "[", '"text"', "1", "null", "[" * 100_000, b"\xff\xfe".decode("latin-1")],
)
async def test_a_body_that_is_no_event_is_a_400(running: Running, body: str) -> None:
    assert (await ask(running, body))[0] == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/octet-stream"])
async def test_another_content_type_is_a_400(running: Running, kind: str) -> None:
    assert (await ask(running, [grid_event()], content_type=kind))[0] == 400


@pytest.mark.parametrize("body", [[], [{}], {"data": "x"}, [{"data": {"validationCode": 1}}]])
async def test_a_handshake_without_a_code_is_a_400(running: Running, body: object) -> None:
    assert (await ask(running, body, kind="SubscriptionValidation"))[0] == 400


async def test_what_is_no_event_inside_a_batch_fails_the_batch(running: Running) -> None:
    assert (await ask(running, [1, "x", None]))[0] == 500


async def test_another_extension_has_no_webhook(running: Running) -> None:
    code = running.host.state.keys.eventgrid
    url = running.url(f"/runtime/webhooks/durabletask?code={code}")
    async with running.session.post(url) as response:
        assert response.status == 404
