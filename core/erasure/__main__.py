"""The command line that forgets one subscription of several.

    python -m core.erasure plan SUBSCRIPTION      say what would be erased, and write nothing
    python -m core.erasure copy SUBSCRIPTION      copy the log without it into an empty account
    python -m core.erasure verify SUBSCRIPTION    prove that the copy is whole, and without it

`PRATIQUE_ERASURE_FROM` and `PRATIQUE_ERASURE_TO` name the two storage accounts, as
`python -m core.backup` takes them. The app must be stopped meanwhile. Ends with 0 when all is well,
with 1 and a sentence for every problem when it is not. docs/operations.md says what follows.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping

from core.accounts import meant_in, open_meant
from core.erasure.belongings import Belongings, belongings
from core.erasure.copying import copy_without
from core.erasure.verifying import prove
from core.errors import PratiqueError
from core.storage.account import Account

FROM, TO = "PRATIQUE_ERASURE_FROM", "PRATIQUE_ERASURE_TO"


async def run(verb: str, subscription: str, settings: Mapping[str, str]) -> int:
    """Do what was asked; the exit code."""
    async with open_meant(meant_in(settings, FROM)) as source:
        found = await belongings(source, subscription.strip().lower())
        print(_told(found))
        if verb == "plan":
            return 0
        async with open_meant(meant_in(settings, TO)) as target:
            return await (_copy if verb == "copy" else _verify)(source, target, found)


async def _copy(source: Account, target: Account, found: Belongings) -> int:
    copied = await copy_without(source, target, found)
    print(f"copied {copied.events} events, and the {copied.artifacts} artifacts they name")
    return 0


async def _verify(source: Account, target: Account, found: Belongings) -> int:
    proved = await prove(source, target, found)
    for problem in proved.problems:
        print(problem, file=sys.stderr)
    state = f"{len(proved.problems)} problems" if proved.problems else "whole, and without it"
    print(f"{proved.events} events, {proved.erased} of them erased: {state}")
    return min(1, len(proved.problems))


def _told(found: Belongings) -> str:
    kinds = ", ".join(f"{count} of kind {kind}" for kind, count in found.kinds.items()) or "none"
    told = f"{found.events} events are to be erased, {found.kept} kept; streams: {kinds}"
    if found.moved:
        told += f"; {len(found.moved)} streams name it and are kept: others have them by now"
    return told


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m core.erasure", description=__doc__)
    parser.add_argument("verb", choices=("plan", "copy", "verify"))
    parser.add_argument("subscription")
    given = parser.parse_args()
    try:
        return asyncio.run(run(given.verb, given.subscription, os.environ))
    except PratiqueError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
