"""`python -m dev token`: a token for the app of the local stack, made by its own issuer.

curl -H "Authorization: Bearer $(python -m dev token --role administrator)" …
"""

import argparse
import sys
from pathlib import Path

from core.access.roles import Role
from core.errors import PratiqueError
from dev.issuer.issuer import HOUR, read_issuer
from dev.stack.background import RUN

_ROLES = {role.name.lower(): role for role in Role}


def main() -> int:
    """Print what was asked for; 0 when there is an issuer."""
    parser = argparse.ArgumentParser(
        prog="dev", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    token = commands.add_parser("token", help="sign in to the local stack")
    token.add_argument("--role", choices=_ROLES, default="reader")
    token.add_argument("--name", default="developer@localhost", help="whose token it is")
    token.add_argument("--group", action="append", default=[], help="a group's id; repeatable")
    token.add_argument("--seconds", type=int, default=HOUR, help="how long it is good")
    token.add_argument("--run", type=Path, default=RUN, help="the folder of the stack's files")
    asked = parser.parse_args()
    try:
        issuer = read_issuer(asked.run.absolute() / "stack")
    except PratiqueError as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    if issuer is None:
        print("dev: there is no issuer: `make up` starts one.", file=sys.stderr)
        return 1
    role = _ROLES[asked.role]
    print(issuer.token(role, name=asked.name, groups=asked.group, seconds=asked.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
