"""The backup's command line.

    python -m core.backup copy      bring the copy to where the original is now
    python -m core.backup verify    prove the copy whole

`PRATIQUE_BACKUP_FROM` and `PRATIQUE_BACKUP_TO` name the two storage accounts: each a connection
string, or an account's name in the cloud `PRATIQUE_CLOUD`, opened with whoever is signed in here.
Ends with 0 when all is well, with 1 and a sentence for every problem when it is not.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping

from core.accounts import meant_in, open_meant
from core.backup.copying import copy
from core.backup.verifying import verify
from core.errors import PratiqueError

FROM, TO = "PRATIQUE_BACKUP_FROM", "PRATIQUE_BACKUP_TO"


async def run(verb: str, settings: Mapping[str, str]) -> int:
    """Do what was asked; the exit code."""
    async with open_meant(meant_in(settings, TO)) as target:
        if verb == "copy":
            async with open_meant(meant_in(settings, FROM)) as source:
                copied = await copy(source, target)
            print(f"copied {copied.events} events, and the {copied.artifacts} artifacts they name")
            return 0
        verified = await verify(target)
    for problem in verified.problems:
        print(problem, file=sys.stderr)
    state = "whole" if not verified.problems else f"not whole: {len(verified.problems)} problems"
    print(f"{verified.events} events, {verified.artifacts} artifacts: {state}")
    return min(1, len(verified.problems))


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m core.backup", description=__doc__)
    parser.add_argument("verb", choices=("copy", "verify"))
    try:
        return asyncio.run(run(parser.parse_args().verb, os.environ))
    except PratiqueError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
