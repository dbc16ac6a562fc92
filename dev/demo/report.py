"""What the demo came to: the table, what was billed, and the commands to go on with."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from core.domain.values import Health, Severity
from dev.demo.api import Finding, Findings, Image, Inventory
from dev.demo.journey import Journey
from dev.demo.text import clean, shown
from dev.stack.background import RUN

HEALTH_STYLES = {
    Health.HEALTHY: "bold green",
    Health.UNHEALTHY: "bold red",
    Health.NOT_APPLICABLE: "bold blue",
    Health.UNSCANNED: "bold yellow",
}
SEVERITY_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.NEGLIGIBLE: "dim",
    Severity.UNKNOWN: "magenta",
}
_ASSESSED = (Health.HEALTHY, Health.UNHEALTHY)
WIDE = 96
"""Columns of a terminal in which headings are spelt out."""

TOP = 15
"""Findings that are shown of an image."""


def verdicts(journeys: Sequence[Journey], *, width: int) -> Table:
    """Every image with its health, its findings by severity, and its seconds."""
    rows = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    rows.add_column("Image")
    rows.add_column("Health")
    severities = [one for one in Severity if _occurs(one, journeys)]
    for severity in severities:
        heading = severity.value if width >= WIDE else severity.value[:4]
        rows.add_column(Text(heading, style=SEVERITY_STYLES[severity]), justify="right")
    rows.add_column("Seconds" if width >= WIDE else "Sec", justify="right")
    for journey in journeys:
        rows.add_row(
            shown(journey.subject.name),
            health(journey.image),
            *(_count(journey.image, severity) for severity in severities),
            "" if journey.seconds is None else f"{journey.seconds:.1f}",
        )
    return rows


def health(image: Image | None) -> Text:
    """The verdict, with its cause where it has one."""
    if image is None:
        return Text("unknown to the API", style=HEALTH_STYLES[Health.UNSCANNED])
    said = Text(image.health, style=HEALTH_STYLES[image.health])
    return said.append(f" ({clean(image.cause)})", style="dim") if image.cause else said


def children(journey: Journey) -> Text:
    """What an index is made of."""
    line = Text.assemble(shown(journey.subject.name), " is an index: ")
    image = journey.image
    parts = [
        Text.assemble(
            shown(child.platform),
            " ",
            (child.health, HEALTH_STYLES[child.health]),
            f" ({counts})" if (counts := _counts(child.severities)) else "",
        )
        for child in (image.children if image else None) or ()
    ]
    return line.append(Text(" · ").join(parts))


def billed(journeys: Sequence[Journey], digests: set[str], month: str) -> Text:
    """What the images cost: a line for each digest, ever."""
    lines = len(assessed(journeys) & digests)
    return Text(
        f"Billed in {month}: {lines} digest{'s' * (lines != 1)}, each once, ever. An index itself"
        " costs nothing, nor does what is not applicable, nor a digest that is met again."
    )


def assessed(journeys: Iterable[Journey]) -> set[str]:
    """The digests that were assessed: these are billed, and nothing else."""
    found: set[str] = set()
    for image in (journey.image for journey in journeys):
        if image is not None:
            found |= {one.digest for one in image.children or (image,) if one.health in _ASSESSED}
    return found


def worst(findings: Findings) -> Table:
    """An image's worst findings, one that several parts of a package have told once."""
    rows = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("Severity", "Finding", "Package", "Installed", "Fixed in"):
        rows.add_column(heading, no_wrap=True)
    rows.add_column("Summary")  # the one that is cut where the terminal ends
    distinct = {(one.id, one.package, one.version): one for one in findings.value}
    for finding in list(distinct.values())[:TOP]:
        rows.add_row(
            Text(finding.severity, style=SEVERITY_STYLES[finding.severity]),
            shown(finding.id, most=24),
            shown(finding.package, most=24),
            shown(finding.version, most=24),
            _fixed(finding),
            Text(clean(finding.summary), style="dim", no_wrap=True, overflow="ellipsis"),
        )
    if findings.total > TOP:
        rows.caption = f"The first of {findings.total}; /findings has them all."
    return rows


def _fixed(finding: Finding) -> Text:
    if finding.fixed is None:
        return Text("no fix known", style="dim")
    return shown(finding.fixed, "green", most=24)


def gap(inventory: Inventory) -> Text:
    """What the verdict leaves open."""
    return Text(
        f"{inventory.uncompared} of {inventory.packages} packages could not be compared: these"
        " advisories say nothing about where they are from. They are neither safe nor affected.",
        style="yellow",
    )


def commands(base: str, run: Path, paths: Iterable[str]) -> list[str]:
    """Lines for a shell, which ask the API of the stack in that folder for these paths."""
    asked = (shlex.quote(f"{base}{path}") for path in paths)
    elsewhere = "" if run == RUN else f" --run {shlex.quote(str(run))}"
    return [
        f"TOKEN=$(.venv/bin/python -m dev token{elsewhere})",
        *(f'curl -sS -H "Authorization: Bearer $TOKEN" {url}' for url in asked),
    ]


def _occurs(severity: Severity, journeys: Sequence[Journey]) -> bool:
    """Every severity has its column, but the unknown one only where there is something in it."""
    return severity is not Severity.UNKNOWN or any(
        journey.image is not None and journey.image.severities["unknown"] for journey in journeys
    )


def _count(image: Image | None, severity: Severity) -> Text:
    """A number; none where nothing was counted, so that a 0 always says that somebody looked."""
    if image is None or image.health not in _ASSESSED:
        return Text("-", style="dim")
    count = image.severities[severity.name.lower()]
    return Text(str(count), style=SEVERITY_STYLES[severity] if count else "dim")


def _counts(severities: dict[str, int]) -> str:
    named = ((one.value, severities[one.name.lower()]) for one in Severity)
    return ", ".join(f"{count} {name}" for name, count in named if count)
