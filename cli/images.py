"""`pratique images`, `findings`, `scan`: images, what is in them, and looking again."""

from typing import Annotated

import typer

from cli.client import Fields, objects, part
from cli.gating import IMAGE, Severity
from cli.names import found
from cli.session import Json, Limit, session

images = typer.Typer(help="Images, and the verdict on each.", no_args_is_help=True)

_COUNTED = ("critical", "high", "medium", "low", "negligible", "unknown")

Image = Annotated[str, typer.Argument(metavar="IMAGE", help=IMAGE)]


@images.command("list")
def list_images(
    context: typer.Context,
    registry: Annotated[str | None, typer.Option(help="Login server.")] = None,
    repository: Annotated[str | None, typer.Option(help="Repository.")] = None,
    tag: Annotated[str | None, typer.Option(help="Tag.")] = None,
    health: Annotated[str | None, typer.Option(help="healthy, unhealthy, unscanned, …")] = None,
    freshness: Annotated[str | None, typer.Option(help="current, delayed, stale, failed")] = None,
    severity: Annotated[Severity | None, typer.Option(help="With findings as bad as this.")] = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """The images, in a stable order."""
    here = session(context)
    given = {
        "registry": registry,
        "repository": repository,
        "tag": tag,
        "health": health,
        "freshness": freshness,
        "severity": severity.value if severity else None,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    rows = list(here.client().pages("/api/images", asked, most=limit))
    if json:
        here.screen.json(rows)
        return
    columns = ["Image", "Tags", "Health", "Freshness", *(name.title() for name in _COUNTED)]
    here.screen.table(columns, [_row(one) for one in rows])


@images.command()
def show(context: typer.Context, image: Image, json: Json = False) -> None:
    """One image, and what happened to it."""
    here = session(context)
    client = here.client()
    answer = client.get(found(client, image))
    if json:
        here.screen.json(answer)
        return
    scan, inventory = part(answer, "scan"), part(answer, "inventory")
    here.screen.facts(
        {
            "Image": f"{answer.get('registry')}/{answer.get('repository')}",
            "Digest": answer.get("digest"),
            "Tags": _words(answer, "tags"),
            "Platform": answer.get("platform"),
            "System": answer.get("distribution"),
            "Health": answer.get("health"),
            "Freshness": answer.get("freshness"),
            "Because": answer.get("freshnessCause"),
            "Cause": answer.get("cause"),
            "Message": answer.get("message"),
            "Findings": _counted(answer),
            "Packages": inventory.get("packages"),
            "Pushed": answer.get("pushedAt"),
            "Pulled": answer.get("pulledOn"),
            "Scan": " ".join(
                str(scan[name]) for name in ("stage", "completedAt") if scan.get(name)
            ),
        }
    )
    here.screen.say("")
    moments = objects(answer, "timeline")
    here.screen.table(["At", "Event"], [[one.get("at"), one.get("event")] for one in moments])


def findings(
    context: typer.Context,
    image: Annotated[
        str | None, typer.Argument(metavar="IMAGE", help="Of this image, worst first.")
    ] = None,
    cve: Annotated[str | None, typer.Option(help="Who has this vulnerability?")] = None,
    package: Annotated[str | None, typer.Option(help="Where is this package vulnerable?")] = None,
    severity: Annotated[Severity | None, typer.Option(help="This severity and worse.")] = None,
    patchable: Annotated[bool, typer.Option("--patchable", help="With a fix.")] = False,
    disabled: Annotated[bool, typer.Option("--disabled", help="Those under a rule, too.")] = False,
    limit: Limit = 500,
    json: Json = False,
) -> None:
    """Findings: of an image, or of all images by a vulnerability or a package."""
    here = session(context)
    if sum(one is not None for one in (image, cve, package)) != 1:
        raise typer.BadParameter("name an image, or give either --cve or --package")
    client = here.client()
    asked = {"disabled": "true"} if disabled else {}
    if image is not None:
        path = f"{found(client, image)}/findings"
        asked |= {"severity": severity.value} if severity else {}
        asked |= {"patchable": "true"} if patchable else {}
    else:
        path = "/api/findings"
        asked |= {"cve": cve} if cve is not None else {"package": package or ""}
    rows = list(client.pages(path, asked, most=limit))
    if json:
        here.screen.json(rows)
        return
    names = ["severity", "id", "package", "version", "fixed"]
    columns = ["Severity", "Vulnerability", "Package", "Version", "Fixed in"]
    if image is None:
        names, columns = [*names, "repository", "digest"], [*columns, "Repository", "Digest"]
    here.screen.table(columns, [[one.get(name) for name in names] for one in rows])


def scan(context: typer.Context, image: Image, json: Json = False) -> None:
    """Ask for a scan of an image."""
    here = session(context)
    client = here.client()
    answer = client.post(f"{found(client, image)}/scan", {})
    if json:
        here.screen.json(answer)
        return
    here.screen.facts({name.title(): value for name, value in part(answer, "scan").items()})


def _row(image: Fields) -> list[object]:
    counts = part(image, "severities")
    digest = str(image.get("digest"))
    return [
        f"{image.get('registry')}/{image.get('repository')}@{digest[:19]}",
        _words(image, "tags"),
        image.get("health"),
        image.get("freshness"),
        *(counts.get(name) for name in _COUNTED),
    ]


def _counted(image: Fields) -> str:
    counts = part(image, "severities")
    return ", ".join(f"{counts[name]} {name}" for name in _COUNTED if counts.get(name)) or "none"


def _words(image: Fields, name: str) -> str:
    words = image.get(name)
    return " ".join(str(one) for one in words) if isinstance(words, list) else ""
