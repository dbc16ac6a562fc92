"""`python -m dev.stack up | down | status`: the local stack as a person starts and stops it."""

import argparse
import asyncio
import sys
from pathlib import Path

from core.errors import PratiqueError
from dev.publish import publish_first
from dev.stack.background import RUN, dead, down, read, up
from dev.stack.stack import Stack


def main() -> int:
    """Do what was asked; 0 when it is done, and for `status` when everything runs."""
    parser = argparse.ArgumentParser(prog="dev.stack", description=__doc__)
    parser.add_argument("verb", choices=["up", "down", "status"])
    parser.add_argument("--run", type=Path, default=RUN, help="the folder of its files")
    asked = parser.parse_args()
    verb = {"up": _up, "down": _down, "status": _status}[asked.verb]
    try:
        return asyncio.run(verb(asked.run.absolute()))
    except PratiqueError as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def _up(run: Path) -> int:
    stack = read(run)
    if stack is not None and not dead(stack):
        print("The stack is running already.\n")
    else:
        stack = await up(run)
        print("The stack is up.\n")
    await publish_first(stack)
    print(table(stack, run))
    return 0


async def _down(run: Path) -> int:
    stopped = await down(run)
    print(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0


async def _status(run: Path) -> int:
    stack = read(run)
    if stack is None:
        print("Nothing is running: `make up` starts the stack.")
        return 1
    gone = dead(stack)
    for process in stack.processes:
        print(f"  {process.name:<11} {'died' if process in gone else 'runs'}   {process.log}")
    return 1 if gone else 0


def table(stack: Stack, run: Path) -> str:
    """Where everything is, and what to try next."""
    rows = [
        ("pages", stack.pages),
        ("app", stack.http),
        ("app, HTTPS", f"{stack.https} (trust {stack.ca})"),
        ("registry", stack.registry),
        ("storage", "Azurite; its connection string is in the file below"),
        ("logs", f"{stack.folder}/*.log"),
        ("all of it", str(run / "stack.json")),
    ]
    lines = [f"  {name:<11} {value}" for name, value in rows]
    signed = '-H "Authorization: Bearer $(.venv/bin/python -m dev token)"'
    image = f"docker://{stack.registry}/team/app:v1"
    return "\n".join(
        [
            *lines,
            "\nPush an image, and ask about it (to change things: token --role administrator):",
            f"  skopeo --insecure-policy copy --dest-tls-verify=false <source> {image}",
            f"  curl {signed} {stack.http}/api/images",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
