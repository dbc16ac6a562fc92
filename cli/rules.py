"""`pratique rules`: findings that the organisation chose not to fix now."""

from pathlib import Path
from typing import Annotated

import typer

from cli.client import Fields, objects, part, path_of
from cli.exits import Exit, Stopped
from cli.session import Json, Subscription, session

rules = typer.Typer(help="Disable rules.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A JSON file.")]


@rules.command("list")
def list_rules(
    context: typer.Context,
    subscription: Annotated[
        str | None, typer.Option(envvar="PRATIQUE_SUBSCRIPTION", help="Of this subscription.")
    ] = None,
    json: Json = False,
) -> None:
    """The rules in force."""
    here = session(context)
    asked = {} if subscription is None else {"subscription": subscription}
    found = objects(here.client().get("/api/rules", asked), "value")
    if json:
        here.screen.json(found)
        return
    names = ("id", "subscription", "author", "expires", "reason")
    rows = [[one.get(name) for name in names] for one in found]
    here.screen.table([name.title() for name in names], rows)


@rules.command()
def show(context: typer.Context, rule: str, subscription: Subscription, json: Json = False) -> None:
    """One rule."""
    here = session(context)
    answer = here.client().get(path_of("rules", rule), {"subscription": subscription})
    if json:
        here.screen.json(answer)
        return
    criteria = part(answer, "criteria")
    facts = {name: answer.get(name) for name in ("id", "author", "reason", "expires", "version")}
    here.screen.facts({**facts, **{name: value for name, value in criteria.items() if value}})


@rules.command()
def preview(
    context: typer.Context, file: File, subscription: Subscription, json: Json = False
) -> None:
    """What a rule would disable, and which images would change health."""
    here = session(context)
    asked = {"subscription": subscription}
    answer = here.client().post_file("/api/rules/preview", _content(file), asked)
    if json:
        here.screen.json(answer)
    else:
        here.screen.facts(_plain(answer))


@rules.command()
def apply(
    context: typer.Context,
    file: File,
    subscription: Subscription,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    json: Json = False,
) -> None:
    """Bring a subscription's rules to what a file lists: no more and no fewer."""
    here = session(context)
    asked = {"subscription": subscription, "dryRun": "true" if dry_run else "false"}
    answer = here.client().post_file("/api/rules/apply", _content(file), asked)
    if json:
        here.screen.json(answer)
    else:
        here.screen.facts(_plain(answer))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Stopped(f"{file} cannot be read: {error.strerror}", Exit.USAGE) from error


def _plain(answer: Fields) -> dict[str, object]:
    """Lists as their words, and numbers as they are; whatever else is in it, `--json` shows."""
    shown: dict[str, object] = {}
    for name, value in answer.items():
        match value:
            case list():
                words = [one for one in value if isinstance(one, str)]
                shown[name] = " ".join(words) if words or not value else f"{len(value)}"
            case dict():
                counted = [f"{count} {word}" for word, count in value.items() if count]
                shown[name] = ", ".join(counted)
            case _:
                shown[name] = value
    return shown
