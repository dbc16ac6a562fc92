"""`python -m core.sandbox.agent`: an order on standard input, everything else in its outcome.

The exit code is 0 whatever the outcome is, since a platform restarts containers that exit with
anything else; only an order that cannot be read, and so can have no outcome, gives 2.
"""

import argparse
import asyncio
import ctypes
import sys
from pathlib import Path

import aiohttp
import msgspec

from core.errors import SandboxError
from core.sandbox.agent.attempt import Bench, attempt
from core.sandbox.agent.check import check
from core.sandbox.agent.deliver import Courier
from core.sandbox.agent.pull import open_registry
from core.sandbox.agent.settings import CageKind, Tool
from core.sandbox.interface import Order
from core.sandbox.orders import MAX_ORDER_BYTES, decode_order

_PR_SET_DUMPABLE = 4


def main() -> int:
    """Read the order, carry it out."""
    arguments = _arguments()
    _close_to_others()
    tool = msgspec.json.decode(arguments.tool, type=Tool)
    bench = Bench(tool=tool, cage=arguments.cage, folder=arguments.work, registry=open_registry)
    if arguments.check:
        return asyncio.run(check(bench))
    try:
        order = decode_order(sys.stdin.buffer.read(MAX_ORDER_BYTES + 1))
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdin.close()
    asyncio.run(_carry_out(order, bench))
    return 0


async def _carry_out(order: Order, bench: Bench) -> None:
    result = await attempt(order, bench)
    async with aiohttp.ClientSession() as session:
        await Courier(session).deliver(order, result)


def _close_to_others() -> None:
    """Keep this process's memory, with its order, from others of the same user (ptrace, /proc)."""
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m core.sandbox.agent", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="an empty folder of its own")
    parser.add_argument("--cage", type=CageKind, required=True, choices=list(CageKind))
    parser.add_argument("--tool", required=True, help="the cataloger, as JSON")
    parser.add_argument("--check", action="store_true", help="try the cataloger, and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
