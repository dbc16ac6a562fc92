"""What administrators do about views and process managers, from a command line.

    python -m functions show [<name>]
    python -m functions rebuild <name> --reason <why>
    python -m functions cancel <name> --reason <why>
    python -m functions retry <name> --shard <n> --position <n> --reason <why>
    python -m functions skip <name> --shard <n> --position <n> --reason <why>

The same as `/api/manage/projections`, with the same answers, for when the app itself cannot be
asked. The storage account is that of the app's own settings (its connection string, or its name in
`AzureWebJobsStorage__accountName`, for whoever is signed in), or of a running stack: `--stack
.run/stack.json`. A rebuild is asked for here, and made by the app. Ends with 0, or with 1 and a
sentence that says why not.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from core.accounts import meant_by, open_meant
from core.answers.base import Answer
from core.errors import PratiqueError
from core.rebuilding.answers import Management
from functions.composition.following import open_management

WHO = "command-line"
"""Who did it, as far as the log can know."""


async def run(
    arguments: Sequence[str], settings: Mapping[str, str], out: TextIO, err: TextIO
) -> int:
    """Do what was asked, and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        async with open_meant(meant_by(options.stack, settings)) as account:
            answer = await _answer(await open_management(account), options)
    except PratiqueError as error:
        print(error, file=err)
        return 1
    if answer is None:
        print(f"there is no view or process manager {options.name}", file=err)
        return 1
    print(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode(), file=out)
    return 0


async def _answer(management: Management, options: argparse.Namespace) -> Answer | None:
    match options.command:
        case "show" if options.name is None:
            return await management.all({})
        case "show":
            return await management.one(options.name, {})
        case "rebuild":
            body = msgspec.json.encode({"reason": options.reason})
            return await management.rebuild(options.name, body, WHO)
        case "cancel":
            body = msgspec.json.encode({"reason": options.reason})
            return await management.cancel(options.name, body, WHO)
        case "retry":
            return await management.retry(options.name, _which(options), WHO)
        case _:
            return await management.skip(options.name, _which(options), WHO)


def _which(options: argparse.Namespace) -> bytes:
    names = ("shard", "position", "reason")
    return msgspec.json.encode({name: getattr(options, name) for name in names})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m functions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", type=Path, help="the file of a running stack, .run/stack.json")
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="how views and process managers stand")
    show.add_argument("name", nargs="?", help="one of them")
    for name, what in (
        ("rebuild", "make a view anew"),
        ("cancel", "call the rebuild of a view off, before its table is read"),
        ("retry", "try a parked or halted event again"),
        ("skip", "give a parked or halted event up"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("name", help="the view or process manager")
        command.add_argument("--reason", required=True, help="why; it stands in the log")
        if name in ("retry", "skip"):
            command.add_argument("--shard", type=int, required=True)
            command.add_argument("--position", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(asyncio.run(run(sys.argv[1:], os.environ, sys.stdout, sys.stderr)))
