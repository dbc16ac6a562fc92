"""Says what became of an image that did not reach the state it should."""

from dev.demo.api import Api, ApiFailed
from dev.demo.journey import Journey
from dev.demo.text import clean
from dev.stack.stack import Stack

_LAST = 6
"""Events of the timeline that are quoted."""


async def explain(journey: Journey, api: Api, stack: Stack) -> str:
    """Which image, how far it came, its last events, and where the logs are."""
    lines = [f"\n{clean(journey.subject.name)}: {_state(journey)}"]
    lines += [f"  | {line}" for line in await _events(journey, api)]
    lines.append(f"  The logs are {stack.folder}/*.log; host.log has what the app says.")
    return "\n".join(lines)


def _state(journey: Journey) -> str:
    expected = journey.subject.expected or "a verdict"
    if journey.digest is None:
        return f"expected {expected}; it is not pushed after all the time there was."
    if journey.image is None:
        return f"expected {expected}; pushed as {journey.digest}, and the API does not know it."
    image = journey.image
    because = f" ({clean(image.cause)})" if image.cause else ""
    said = f" {clean(image.message, most=300)}" if image.message else ""
    return (
        f"expected {expected}, and it is {image.health}{because}, {image.freshness}, at the step"
        f" '{journey.step}'.{said}"
    )


async def _events(journey: Journey, api: Api) -> list[str]:
    if journey.image is None:
        return []
    try:
        moments = await api.timeline(journey.image)
    except ApiFailed as error:
        return [clean(str(error), most=200)]
    return [f"{moment.at}  {moment.event}" for moment in moments[-_LAST:]]
