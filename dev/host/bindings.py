"""The functions of an app: their names, and what triggers them.

The runtime library gives each binding as the JSON that function.json would hold; here it becomes a
typed value. Whatever this host could not serve is refused, with the reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from dev.host.errors import AppRefused
from dev.host.protos import RpcFunctionMetadata
from dev.host.settings import Settings, resolve

_FUNCTION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")
_QUEUE_NAME = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")


class _Binding(msgspec.Struct, tag_field="type", rename="camel", frozen=True, kw_only=True):
    name: str
    """The function's parameter; `$return` for what it returns."""


class HttpTrigger(_Binding, tag="httpTrigger", frozen=True, kw_only=True):
    """Runs on requests."""

    route: str = ""
    methods: tuple[str, ...] = ()
    """Empty: every method."""
    auth_level: str = "function"


class QueueTrigger(_Binding, tag="queueTrigger", frozen=True, kw_only=True):
    """Runs on messages."""

    queue_name: str
    connection: str = "AzureWebJobsStorage"


class TimerTrigger(_Binding, tag="timerTrigger", frozen=True, kw_only=True):
    """Runs on a schedule."""

    schedule: str
    run_on_startup: bool = False
    use_monitor: bool = True


class EventGridTrigger(_Binding, tag="eventGridTrigger", frozen=True, kw_only=True):
    """Runs on events that Event Grid delivers to the webhook."""


class HttpOutput(_Binding, tag="http", frozen=True, kw_only=True):
    """The response of an HTTP function."""


type Trigger = HttpTrigger | QueueTrigger | TimerTrigger | EventGridTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the app."""

    name: str
    id: str
    """What the runtime library knows it by."""
    trigger: Trigger


def functions(found: Iterable[RpcFunctionMetadata], settings: Settings) -> tuple[Function, ...]:
    """The app's functions, in the order in which the host in Azure keeps them: by name.

    Raises AppRefused for names that are taken or malformed, and for what cannot be served.
    """
    read = sorted((_function(one, settings) for one in found), key=lambda one: one.name.upper())
    for one, next_one in pairwise(read):
        if one.name.upper() == next_one.name.upper():
            raise AppRefused(
                f"Two functions are called {one.name}: names differ by more than case."
            )
    return tuple(read)


def _function(found: RpcFunctionMetadata, settings: Settings) -> Function:
    if not _FUNCTION_NAME.fullmatch(found.name):
        raise AppRefused(
            f"{found.name!r} is no name for a function: it starts with a letter, and goes on with"
            " letters, digits, - and _, 128 characters at most."
        )
    bindings = [_binding(found.name, raw) for raw in found.raw_bindings]
    triggers = [one for one in bindings if not isinstance(one, HttpOutput)]
    if len(triggers) != 1:
        raise AppRefused(f"Function {found.name} has {len(triggers)} triggers: it needs one.")
    trigger = _resolved(found.name, triggers[0], settings)
    return Function(name=found.name, id=found.function_id, trigger=trigger)


def _binding(function: str, raw: str) -> Trigger | HttpOutput:
    try:
        return msgspec.json.decode(
            raw,
            type=HttpTrigger | QueueTrigger | TimerTrigger | EventGridTrigger | HttpOutput,
        )
    except msgspec.ValidationError as error:
        raise AppRefused(
            f"Function {function} has a binding that the local host does not offer: {error}."
            " Triggers are http, queue, timer and eventGrid; for output, use the service's SDK."
        ) from error


def _resolved(function: str, trigger: Trigger, settings: Settings) -> Trigger:
    """The trigger with the settings it refers to put in, where the host in Azure does so."""
    match trigger:
        case QueueTrigger():
            queue = resolve(trigger.queue_name, settings).lower()
            if not _QUEUE_NAME.fullmatch(queue):
                raise AppRefused(
                    f"Function {function}: {queue!r} is no name for a queue: 3 to 63 lower-case"
                    " letters, digits and single hyphens."
                )
            return msgspec.structs.replace(trigger, queue_name=queue)
        case TimerTrigger():
            return msgspec.structs.replace(trigger, schedule=resolve(trigger.schedule, settings))
        case _:
            return trigger
