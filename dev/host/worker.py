"""Drives Microsoft's runtime library, which imports the app and runs its functions.

Only its public request functions are called (`azure_functions_runtime.__all__`), with the requests
that the host in Azure sends. The library keeps its registry in module globals, so a process can
hold one app, once.
"""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import azure_functions_runtime as runtime  # type: ignore[import-untyped]  # it ships no types

from dev.host import protos
from dev.host.bindings import Function
from dev.host.errors import AppRefused

log = logging.getLogger("host")

type Metadata = Mapping[str, protos.TypedData]
"""What a trigger tells beside its value: a message's id, its dequeue count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an invocation ended."""

    succeeded: bool
    returned: protos.TypedData | None = None
    error: str = ""
    """What the function raised, where it failed."""


class Worker:
    """The app of this process, loaded and ready to be invoked."""

    def __init__(self) -> None:
        self._running: dict[str, str] = {}
        self.interrupted: list[str] = []
        """Functions that were cancelled; one that is synchronous runs on in its thread."""

    async def load(self, app: Path) -> list[protos.RpcFunctionMetadata]:
        """Import and index the app in that folder.

        Raises AppRefused with what the runtime library has against it.
        """
        os.chdir(app)  # Azure starts the app in its own folder
        sys.path.insert(0, str(app))
        runtime.start_threadpool_executor()
        init = SimpleNamespace(capabilities={}, function_app_directory=str(app))
        loaded: protos.WorkerInitResponse = await runtime.worker_init_request(
            _request(worker_init_request=init)
        )
        if loaded.result.exception is not None:
            log.error("%s", loaded.result.exception.stack_trace.rstrip())
            raise AppRefused(f"The app does not load. {loaded.result.exception.message}")
        indexed: protos.FunctionMetadataResponse = await runtime.functions_metadata_request(
            _request()
        )
        if not indexed.function_metadata_results:
            raise AppRefused(f"No function was found: is there a function_app.py in {app}?")
        for found in indexed.function_metadata_results:
            load = SimpleNamespace(function_id=found.function_id)
            await runtime.function_load_request(_request(function_load_request=load))
        return indexed.function_metadata_results

    async def invoke(
        self, function: Function, data: protos.TypedData, metadata: Metadata | None = None
    ) -> Outcome:
        """Run the function once. What it raises is logged, and becomes the outcome."""
        invocation = str(uuid4())
        self._running[invocation] = function.name
        marked = runtime.invocation_id_cv.set(invocation)
        began = time.monotonic()
        try:
            response: protos.InvocationResponse = await runtime.invocation_request(
                _request(invocation_request=_invocation(invocation, function, data, metadata))
            )
            return _outcome(response, (time.monotonic() - began) * 1000)
        except asyncio.CancelledError:
            self.interrupted.append(function.name)
            raise
        finally:
            runtime.invocation_id_cv.reset(marked)
            del self._running[invocation]

    def running_function(self) -> str | None:
        """The function on whose behalf the caller runs, in its task or its thread."""
        invocation: str | None = runtime.invocation_id_cv.get()
        return self._running.get(invocation) if invocation else None

    def close(self) -> None:
        """End the threads of synchronous functions, unless one of them may never end."""
        if not self.interrupted:
            runtime.stop_threadpool_executor()


def _request(**body: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(
        request=SimpleNamespace(**body), properties={"host": "127.0.0.1", "protos": protos}
    )


def _invocation(
    invocation: str, function: Function, data: protos.TypedData, metadata: Metadata | None
) -> SimpleNamespace:
    return SimpleNamespace(
        invocation_id=invocation,
        function_id=function.id,
        input_data=[protos.ParameterBinding(name=function.trigger.name, data=data)],
        trigger_metadata=metadata or {},
        trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
    )


def _outcome(response: protos.InvocationResponse, milliseconds: float) -> Outcome:
    raised = response.result.exception
    if raised is None:
        log.info("succeeded in %.0f ms", milliseconds)
        return Outcome(succeeded=True, returned=response.return_value)
    trace = raised.stack_trace.rstrip()
    log.error("failed in %.0f ms: %s\n%s", milliseconds, raised.message, trace)
    return Outcome(succeeded=False, error=raised.message)
