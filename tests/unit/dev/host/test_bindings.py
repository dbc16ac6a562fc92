"""What triggers the functions of an app."""

import json

import pytest

from dev.host.bindings import HttpTrigger, QueueTrigger, TimerTrigger, functions
from dev.host.errors import AppRefused
from dev.host.protos import RpcFunctionMetadata

QUEUE = {"direction": "IN", "type": "queueTrigger", "name": "msg", "queueName": "work"}
HTTP_OUT = {"direction": "OUT", "type": "http", "name": "$return"}


def indexed(name: str, *bindings: dict[str, object]) -> RpcFunctionMetadata:
    return RpcFunctionMetadata(
        name=name,
        function_id=f"id of {name}",
        directory="",
        script_file="function_app.py",
        entry_point=name,
        language="python",
        managed_dependency_enabled=False,
        is_proxy=False,
        bindings={},
        raw_bindings=[json.dumps(binding) for binding in bindings],
        retry_options=None,
        properties={},
    )


def test_reads_an_http_function() -> None:
    trigger: dict[str, object] = {
        "direction": "IN",
        "type": "httpTrigger",
        "name": "req",
        "methods": ["GET"],
        "authLevel": "ANONYMOUS",
        "route": "images",
    }
    (found,) = functions([indexed("list", trigger, {**HTTP_OUT})], {})
    assert found.trigger == HttpTrigger(
        name="req", methods=("GET",), auth_level="ANONYMOUS", route="images"
    )
    assert (found.name, found.id) == ("list", "id of list")


def test_settings_are_put_into_queue_names_and_schedules() -> None:
    timer: dict[str, object] = {"type": "timerTrigger", "name": "t", "schedule": "%when%"}
    queue: dict[str, object] = {"type": "queueTrigger", "name": "m", "queueName": "%Stage%-work"}
    settings = {"when": "0 0 * * * *", "Stage": "DEV"}
    in_order = functions([indexed("q", queue), indexed("T", timer)], settings)
    assert [one.trigger for one in in_order] == [
        QueueTrigger(name="m", queue_name="dev-work"),
        TimerTrigger(name="t", schedule="0 0 * * * *"),
    ]


def test_functions_are_in_the_order_of_their_names_whatever_their_case() -> None:
    names = [one.name for one in functions([indexed(n, {**QUEUE}) for n in "bCa"], {})]
    assert names == ["a", "b", "C"]


def test_names_that_differ_by_case_alone_are_refused() -> None:
    with pytest.raises(AppRefused, match="Two functions are called"):
        functions([indexed("scan", {**QUEUE}), indexed("Scan", {**QUEUE})], {})


@pytest.mark.parametrize("name", ["1st", "_x", "a.b", "a" * 129, ""])
def test_a_name_that_azure_refuses_is_refused(name: str) -> None:
    with pytest.raises(AppRefused, match="no name for a function"):
        functions([indexed(name, {**QUEUE})], {})


@pytest.mark.parametrize("queue", ["ab", "a--b", "-ab", "ab-", "a_b", "x" * 64, "é" * 5])
def test_a_name_that_no_queue_can_have_is_refused(queue: str) -> None:
    with pytest.raises(AppRefused, match="no name for a queue"):
        functions([indexed("f", {**QUEUE, "queueName": queue})], {})


def test_a_binding_that_is_not_offered_is_refused_with_advice() -> None:
    output: dict[str, object] = {"direction": "OUT", "type": "queue", "name": "out"}
    with pytest.raises(AppRefused, match=r"Function f has a binding .* use the service's SDK"):
        functions([indexed("f", {**QUEUE}, output)], {})


def test_a_function_without_a_trigger_is_refused() -> None:
    with pytest.raises(AppRefused, match="has 0 triggers"):
        functions([indexed("f", {**HTTP_OUT})], {})
