"""`pratique billing`, `score`, `summary`, `whatif`: the fleet as a whole."""

from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Annotated

import typer

from cli.client import Fields, objects, part
from cli.exits import Exit, Stopped
from cli.session import Json, session

AsOf = Annotated[
    str | None, typer.Option("--as-of", help="A moment of the past: 2026-11-22T08:30:00Z.")
]


def billing(
    context: typer.Context,
    month: Annotated[str | None, typer.Option(help="2026-11; this month by itself.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print the sheet.")] = False,
    json: Json = False,
) -> None:
    """The ledger: a line for each digest, billed once, or why not."""
    here = session(context)
    client = here.client()
    asked = {"month": month or datetime.now(UTC).strftime("%Y-%m")}
    if csv:
        here.screen.document(client.text("/api/billing", {**asked, "format": "csv"}))
        return
    lines = list(client.pages("/api/billing", asked))
    if json:
        here.screen.json(lines)
        return
    names = ("at", "registry", "repository", "digest", "reason", "price", "currency")
    rows = [[one.get(name) for name in names] for one in lines]
    here.screen.table([name.title() for name in names], rows)


def score(context: typer.Context, as_of: AsOf = None, json: Json = False) -> None:
    """The secure score: of everything, each subscription, each registry."""
    here = session(context)
    answer = here.client().get("/api/score", {} if as_of is None else {"asOf": as_of})
    if json:
        here.screen.json(answer)
        return
    rows = [_scored("everything", answer)]
    for subscription in objects(answer, "subscriptions"):
        rows.append(_scored(str(subscription.get("subscription")), subscription))
        rows += [
            _scored(f"  {one.get('registry')}", one) for one in objects(subscription, "registries")
        ]
    columns = ["Of", "Score", "Healthy", "Unhealthy", "Not applicable", "Unscanned"]
    here.screen.table(columns, rows)


def summary(context: typer.Context, as_of: AsOf = None, json: Json = False) -> None:
    """How many images there are, and how they are."""
    here = session(context)
    answer = here.client().get("/api/summary", {} if as_of is None else {"asOf": as_of})
    if json:
        here.screen.json(answer)
        return
    here.screen.facts(
        {
            "Images": answer.get("images"),
            **part(answer, "health"),
            **{name.title(): count for name, count in part(answer, "findings").items()},
            "Waiting": answer.get("waiting"),
            "Failed scans": answer.get("failed"),
            "Stale": answer.get("stale"),
        }
    )


def whatif(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OSV records: JSON, or JSON Lines.")],
    json: Json = False,
) -> None:
    """Which images would advisories touch that are not published yet?"""
    here = session(context)
    answer = here.client().post("/api/whatif", _records(file))
    if json:
        here.screen.json(answer)
        return
    names = ("severity", "id", "package", "version", "fixed", "repository", "digest")
    rows = [[one.get(name) for name in names] for one in objects(answer, "value")]
    here.screen.table([name.title() for name in names], rows)
    here.screen.note(f"{answer.get('images')} images would be touched")


def _records(file: Path) -> object:
    """The records of a file: a JSON document, or one a line."""
    try:
        content = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Stopped(f"{file} cannot be read: {error}", Exit.USAGE) from error
    try:
        return loads(content)
    except ValueError:
        pass  # not one document: one a line?
    try:
        return [loads(line) for line in content.splitlines() if line.strip()]
    except ValueError as error:
        raise Stopped(f"{file} holds no JSON: {error}", Exit.USAGE) from error


def _scored(name: str, scored: Fields) -> list[object]:
    points = scored.get("current")
    return [
        name,
        "none" if points is None else f"{points} of {scored.get('max')}",
        *(scored.get(one) for one in ("healthy", "unhealthy", "notApplicable", "unscanned")),
    ]
