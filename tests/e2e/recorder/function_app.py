"""A function app that only records: what the stack delivers to it, and how it was set up."""

import json
import os

import azure.functions as func
from azure.storage.queue.aio import QueueClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.event_grid_trigger(arg_name="event")
async def registry_events(event: func.EventGridEvent) -> None:
    """Put the event's subject on the queue `seen`."""
    storage = os.environ["AzureWebJobsStorage"]  # noqa: SIM112 (the name that Functions gives it)
    async with QueueClient.from_connection_string(storage, "seen") as queue:
        await queue.send_message(json.dumps([event.event_type, event.subject]))


@app.route(route="setting/{name}", methods=["GET"])
def setting(req: func.HttpRequest) -> func.HttpResponse:
    """Say what one app setting is."""
    return func.HttpResponse(os.environ[req.route_params["name"]])
