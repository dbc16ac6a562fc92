"""An app with a function for everything that the local host does, which tells what it was given."""

import asyncio
import json
import logging
import os
import threading
import time

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

JOURNAL: list[list[object]] = []
"""What ran, and with what, in the order in which it ended."""

MEETING = asyncio.Event()
BARRIER = threading.Barrier(2)


def answer(document: object) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(document), mimetype="application/json")


@app.route(route="echo/{first}/{second?}", methods=["GET", "POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    return answer(
        {
            "method": req.method,
            "url": req.url,
            "route": dict(req.route_params),
            "query": dict(req.params),
            "header": req.headers.get("X-Test"),
            "body": req.get_body().decode(),
        }
    )


@app.route(route="files/{*path}", auth_level=func.AuthLevel.ANONYMOUS)
def files(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params.get("path", ""))


@app.route(route="guarded", auth_level=func.AuthLevel.ADMIN)
async def guarded(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("in")


@app.route(route="made", auth_level=func.AuthLevel.ANONYMOUS)
async def made(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(b"\x00\xff", status_code=201, mimetype="application/x-made")
    response.headers["X-Made"] = "yes"
    response.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
    response.headers.add("Set-Cookie", "b=2")
    return response


@app.route(route="fail", auth_level=func.AuthLevel.ANONYMOUS)
async def fail(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("a secret of the app")


@app.route(route="broken", auth_level=func.AuthLevel.ANONYMOUS)
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("x", headers={"X-Injected": "a\r\nSet-Cookie: b=1"})


@app.route(route="meet", auth_level=func.AuthLevel.ANONYMOUS)
async def meet(req: func.HttpRequest) -> func.HttpResponse:
    """The first caller waits until a second one is here."""
    if req.params.get("late"):
        MEETING.set()
    await asyncio.wait_for(MEETING.wait(), 10)
    return func.HttpResponse("met")


@app.route(route="meet-threads", auth_level=func.AuthLevel.ANONYMOUS)
def meet_threads(req: func.HttpRequest) -> func.HttpResponse:
    """Two callers wait for each other, each in a thread of its own."""
    BARRIER.wait(10)
    return func.HttpResponse("met")


@app.route(route="sleep", auth_level=func.AuthLevel.ANONYMOUS)
async def sleep(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("begins to sleep")
    await asyncio.sleep(float(req.params["seconds"]))
    return func.HttpResponse("slept")


@app.route(route="stuck", auth_level=func.AuthLevel.ANONYMOUS)
def stuck(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("is stuck")
    time.sleep(3600)
    return func.HttpResponse("never")


@app.route(route="setting/{name}", auth_level=func.AuthLevel.ANONYMOUS)
async def setting(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ.get(req.route_params["name"], "not set"))


@app.route(route="log", auth_level=func.AuthLevel.ANONYMOUS)
def log(req: func.HttpRequest) -> func.HttpResponse:
    logging.getLogger("sample").info("said in a thread")
    return func.HttpResponse("logged")


@app.route(route="journal", auth_level=func.AuthLevel.ANONYMOUS)
async def journal(req: func.HttpRequest) -> func.HttpResponse:
    return answer(JOURNAL)


@app.event_grid_trigger(arg_name="event")
async def on_event(event: func.EventGridEvent) -> None:
    """CloudEvents come as another class, whatever is annotated here."""
    data = event.get_json()
    JOURNAL.append(["event", type(event).__name__, event.id, data])
    if isinstance(data, dict) and data.get("fail"):
        raise ValueError("told to fail")


@app.queue_trigger(arg_name="msg", queue_name="%Queue%", connection="AzureWebJobsStorage")
async def on_message(msg: func.QueueMessage) -> None:
    text = msg.get_body().decode()
    whole = bool(msg.id and msg.pop_receipt and msg.insertion_time and msg.expiration_time)
    JOURNAL.append(["message", text, msg.dequeue_count, whole])
    if text.startswith("fail"):
        raise ValueError("told to fail")


@app.queue_trigger(arg_name="msg", queue_name="%Queue%-hop", connection="AzureWebJobsStorage")
def on_hop(msg: func.QueueMessage) -> None:
    JOURNAL.append(["hop", msg.get_body().decode()])


@app.timer_trigger(arg_name="timer", schedule="%Schedule%")
async def on_tick(timer: func.TimerRequest) -> None:
    status = timer.schedule_status  # type: ignore[attr-defined]  # only its base is exported
    JOURNAL.append(["tick", timer.past_due, sorted(status)])


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
def on_start(timer: func.TimerRequest) -> None:
    JOURNAL.append(["start"])


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def on_new_year(timer: func.TimerRequest) -> None:
    JOURNAL.append(["new year", timer.past_due])
