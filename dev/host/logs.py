"""One line for each thing that happens, with the function it happened in."""

import logging
import os
import sys
import time
from collections.abc import Callable

_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(where)s%(message)s"
_QUIET = ("azure", "aiohttp.access", "asyncio")
"""These say something about every request, or every loop."""


class _Where(logging.Filter):
    """Puts the running function's name, or else the logger's, in front of the message."""

    def __init__(self, running_function: Callable[[], str | None]) -> None:
        super().__init__()
        self._running_function = running_function

    def filter(self, record: logging.LogRecord) -> bool:
        function = self._running_function()
        record.where = f"[{function}] " if function else f"{record.name}: "
        return True


def log_to_stderr(running_function: Callable[[], str | None]) -> None:
    """Send all logging of this process to stderr, the functions' own included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Where(running_function))
    formatter = logging.Formatter(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "").lower() in {"1", "true"}
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
