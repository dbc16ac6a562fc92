"""`python -m dev.host`: serve the function app of a folder until told to stop (SIGTERM, Ctrl+C)."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from core.errors import ConfigurationError
from dev.host.host import Host, HostOptions
from dev.host.keys import Keys
from dev.host.logs import log_to_stderr
from dev.host.settings import read_settings
from dev.host.state import take_keys, write_state

log = logging.getLogger("host")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.host", description=__doc__)
    add = parser.add_argument
    add("--app", type=Path, default=Path(), help="the folder of function_app.py and host.json")
    add("--settings", type=Path, help="app settings (default: the app's local.settings.json)")
    add("--port", type=int, default=0, help="for HTTP; 0 takes a free one")
    add("--https-port", type=int, default=0, help="for HTTPS; 0 takes a free one")
    add("--no-https", action="store_true", help="serve HTTP alone")
    add("--certificates", type=Path, help="keep the certificate authority in this folder")
    add("--state-file", type=Path, help="write addresses and keys here when ready")
    add("--grace", type=float, default=10.0, help="seconds to let functions finish at the end")
    add("--movable-clock", action="store_true", help="let POST /admin/clock move the app's time")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> int:
    state_file = arguments.state_file.resolve() if arguments.state_file else None
    keys = take_keys(state_file) if state_file else Keys()
    host = Host(
        HostOptions(
            app=arguments.app,
            settings=read_settings(arguments.settings or arguments.app / "local.settings.json"),
            port=arguments.port,
            https_port=None if arguments.no_https else arguments.https_port,
            certificates=arguments.certificates,
            keys=keys,
            grace=arguments.grace,
            movable_clock=arguments.movable_clock,
        )
    )
    log_to_stderr(host.worker.running_function)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await host.start()
    if state_file:
        write_state(state_file, host)
    else:
        log.info("master key %s, function key %s", host.keys.master, host.keys.function)
    names = ", ".join(function.name for function in host.functions)
    log.info("ready: http=%s https=%s functions: %s", host.servers.http, host.servers.https, names)
    await stopping.wait()
    log.info("stopping")
    if interrupted := await host.stop():
        log.warning("Interrupted after %g s: %s.", arguments.grace, ", ".join(interrupted))
        logging.shutdown()
        os._exit(0)  # a thread that does not end would keep the process for ever
    return 0


def main() -> int:
    """Serve; 0 after a clean stop, 1 with one clear message when the app cannot be served."""
    try:
        return asyncio.run(_serve(_arguments()))
    except ConfigurationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
