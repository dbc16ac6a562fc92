"""The command's beginning: its options, its commands, and how it ends."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cli import fleet, gating, images, rules
from cli.exits import Exit, Stopped
from cli.session import Session, Surroundings
from cli.signing import Access

_HELP = """Asks Pratique about container images, and tells pipelines whether one may go on.

Sign in with one of: --token (a bearer token), --audience (the app registration's client id, for
which a token is got from whoever is signed in here: `az login`, a service connection, a managed
identity), or --key (a function key). Exit codes: 0 done, 1 the gate's findings, 2 usage, 3 not
known, 4 the service."""

app = typer.Typer(
    name="pratique",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(gating.gate)
app.add_typer(images.images, name="images")
app.command()(images.findings)
app.command()(images.scan)
app.add_typer(rules.rules, name="rules")
app.command()(fleet.billing)
app.command()(fleet.score)
app.command()(fleet.summary)
app.command()(fleet.whatif)


@app.callback()
def connect(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(envvar="PRATIQUE_URL", help="The service.")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="PRATIQUE_TOKEN", help="A bearer token.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option(envvar="PRATIQUE_AUDIENCE", help="For which a token is got.")
    ] = None,
    key: Annotated[str | None, typer.Option(envvar="PRATIQUE_KEY", help="A function key.")] = None,
) -> None:
    """Where the service is, and who asks."""
    access = Access(url=url, token=token, key=key, audience=audience)
    context.obj = Session(access=access, around=context.find_object(Surroundings) or Surroundings())


def run(arguments: Sequence[str], around: Surroundings) -> int:
    """Run one command, and return its exit code."""
    try:
        app(args=list(arguments), prog_name="pratique", obj=around)
    except Stopped as stopped:
        around.screen.trouble(str(stopped))
        return stopped.code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else Exit.USAGE
    return Exit.DONE


def main() -> None:
    """The command `pratique`."""
    sys.exit(run(sys.argv[1:], Surroundings()))


if __name__ == "__main__":
    main()
