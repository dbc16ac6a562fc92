"""Event Grid: an image was pushed, or deleted."""

import azure.functions as func

from core.registry.events import parse_event
from functions.bootstrap import services

blueprint = func.Blueprint()


@blueprint.function_name("registry_events")
@blueprint.event_grid_trigger(arg_name="event")
async def registry_events(event: func.EventGridEvent) -> None:
    """Record one event, in Event Grid's schema or as a CloudEvent."""
    await (await services()).scanning.intake.take(parse_event(document(event)))


def document(event: object) -> dict[str, object]:
    """The event as its JSON, of which the worker hands over one of two classes: a CloudEvent where
    the body has a `specversion`, whatever the trigger's annotation says."""
    match event:
        case func.CloudEvent():
            return {
                "specversion": event.specversion,
                "id": event.id,
                "source": event.source,
                "type": event.type,
                "subject": event.subject,
                "data": event.get_json(),
            }
        case func.EventGridEvent():
            return {
                "id": event.id,
                "topic": event.topic,
                "eventType": event.event_type,
                "subject": event.subject,
                "data": event.get_json(),
                "dataVersion": event.data_version,
            }
        case _:
            return {}
