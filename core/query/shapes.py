"""Rows of the views as the JSON that people get: camelCase, times in ISO 8601 UTC."""

from urllib.parse import quote

from core.answers.findings import Finding as ShownFinding
from core.answers.findings import FindingStatus, KnownExploited, Place, Probability
from core.answers.images import Child, Image, ImageLinks, Inventory, Scan
from core.domain.findings import Exploitation, Finding
from core.domain.values import Health, Severity, SeverityCounts
from core.projections.cells import instant, number, text, words
from core.projections.image_rows import NONE, counts_of, disabled_of
from core.projections.index_rows import children_of
from core.query.trust import Trust
from core.storage.interface import Cells

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
"""A JSON value."""

DISABLED = {"false": "false", "true": "true", "only": "only"}
"""Which findings somebody may ask for: those that count, all, or those that rules disable."""

_RANKS = tuple(Severity)


def image_of(cells: Cells, shard: int, trust: Trust) -> Image:
    """An image, as its row in that shard shows it, and how far that can be trusted."""
    pulls_known = trust.pulls_known_since(text(cells, "registry"))
    worst = number(cells, "worst")
    return Image(
        registry=text(cells, "registry"),
        repository=text(cells, "repository"),
        digest=text(cells, "digest"),
        tags=words(cells, "tags"),
        subscription=text(cells, "subscription"),
        media_type=text(cells, "media_type"),
        platform=_optional(cells, "platform"),
        distribution=_optional(cells, "distribution"),
        health=Health(text(cells, "health")),
        freshness=trust.freshness(shard, cells),
        freshness_cause=trust.freshness_cause(shard, cells),
        cause=_cause(cells),
        message=_optional(cells, "message"),
        health_since=text(cells, "health_since"),
        freshness_since=text(cells, "freshness_since"),
        severities=counts_of(cells),
        disabled=disabled_of(cells),
        worst_severity=None if worst == NONE else _RANKS[worst],
        patchable=number(cells, "patchable"),
        source=text(cells, "source"),
        pushed_at=text(cells, "pushed_at"),
        pulled_on=_optional(cells, "pulled_on"),
        pulls_known_since=None if pulls_known is None else instant(pulls_known),
        scan=_scan(cells),
        inventory=_inventory(cells, trust.coverage.version(shard, cells)),
        children=_children(cells),
        parents=words(cells, "parents"),
        links=_links(cells),
    )


def _cause(cells: Cells) -> str | None:
    """Why there is no verdict, or no current one."""
    left_out = number(cells, "uncompared") + number(cells, "unidentified")
    unscanned = text(cells, "health") == Health.UNSCANNED
    if unscanned and left_out and "findings_sha256" in cells:
        return "left-out"
    return _optional(cells, "cause") or _optional(cells, "failure")


def _scan(cells: Cells) -> Scan | None:
    if "scan" not in cells:
        return None
    return Scan(
        id=text(cells, "scan"),
        stage=text(cells, "stage"),
        reason=text(cells, "reason"),
        priority=text(cells, "priority"),
        attempt=number(cells, "attempt"),
        requested_at=_optional(cells, "requested_at"),
        started_at=_optional(cells, "started_at"),
        inventoried_at=_optional(cells, "inventoried_at"),
        completed_at=_optional(cells, "completed_at"),
    )


def _inventory(cells: Cells, advisories_version: int) -> Inventory | None:
    if "sbom_sha256" not in cells:
        return None
    return Inventory(
        packages=number(cells, "packages"),
        unidentified=number(cells, "unidentified"),
        uncompared=number(cells, "uncompared"),
        cataloger=text(cells, "cataloger"),
        advisories_version=advisories_version,
        advisories=_optional(cells, "advisories"),
    )


def _children(cells: Cells) -> list[Child] | None:
    if "children" not in cells:
        return None
    return [
        Child(
            digest=digest,
            platform=child["platform"],
            health=Health(child["health"]),
            severities=SeverityCounts(**child.get("counts", {})),
            disabled=SeverityCounts(**child.get("disabled", {})),
        )
        for digest, child in children_of(cells).items()
    ]


def _links(cells: Cells) -> ImageLinks:
    path = "/".join(
        quote(text(cells, name), safe="/:") for name in ("registry", "repository", "digest")
    )
    return ImageLinks(
        this=f"/api/images/{path}",
        findings=f"/api/images/{path}/findings",
        sbom=f"/api/images/{path}/sbom",
    )


def _optional(cells: Cells, name: str) -> str | None:
    return text(cells, name) or None


def is_wanted(rule: str | None, disabled: str | None) -> bool:
    """Whether a finding that the rule disables, if any does, is asked for by one of `DISABLED`."""
    match disabled:
        case "true":
            return True
        case "only":
            return rule is not None
        case _:
            return rule is None


def status_of(rule: str | None) -> FindingStatus:
    """What a finding amounts to, in Azure's words, by the rule that disables it."""
    if rule is None:
        return FindingStatus(code="Unhealthy", cause=None, rule=None)
    return FindingStatus(code="NotApplicable", cause="Exempt", rule=rule)


def finding_of(
    finding: Finding, rule: str | None, known: Exploitation, place: Place
) -> ShownFinding:
    """A finding of an image, with the rule that disables it, and what is known of it today."""
    return ShownFinding(
        id=finding.id,
        aliases=finding.aliases,
        advisories=finding.advisories,
        ecosystem=finding.ecosystem,
        category=finding.category,
        package=finding.package,
        component=finding.component,
        purl=finding.purl,
        version=finding.version,
        fixed=finding.fixed,
        severity=finding.severity,
        severity_source=finding.severity_source,
        severities=finding.severities,
        cvss=finding.cvss,
        summary=finding.summary,
        references=finding.references,
        published=finding.published,
        modified=finding.modified,
        status=status_of(rule),
        layer=finding.layer,
        epss=probability_of(known),
        exploited=exploited_of(known),
        image=place,
    )


def probability_of(known: Exploitation) -> Probability | None:
    """How probable exploitation is, where known."""
    if known.epss is None:
        return None
    return Probability(score=known.epss, percentile=known.percentile)


def exploited_of(known: Exploitation) -> KnownExploited | None:
    """Since when it is known that there is exploitation, where it is."""
    return KnownExploited(added=known.added, due=known.due) if known.known_exploited else None


def camel(value: dict[str, Json]) -> dict[str, Json]:
    """The same with camelCase names, all the way down."""
    return {_camel_name(name): _camel_value(item) for name, item in value.items()}


def _camel_value(value: Json | tuple[Json, ...]) -> Json:
    match value:
        case dict():
            return camel(value)
        case list() | tuple():
            return [_camel_value(item) for item in value]
        case _:
            return value


def _camel_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
