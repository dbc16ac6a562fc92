"""Rows of the views as the JSON that people get: camelCase, times in ISO 8601 UTC."""

from collections.abc import Mapping
from urllib.parse import quote

from core.domain.findings import Exploitation
from core.domain.values import Health, Severity
from core.projections.cells import instant, number, text, words
from core.projections.image_rows import NONE, children_of
from core.projections.totals import SEVERITIES
from core.query.trust import Trust
from core.storage.interface import Cells

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
"""A JSON value."""

DISABLED = {"false": "false", "true": "true", "only": "only"}
"""Which findings somebody may ask for: those that count, all, or those that rules disable."""

_RANKS = tuple(Severity)


def image_of(cells: Cells, shard: int, trust: Trust) -> dict[str, Json]:
    """An image, as its row in that shard shows it, and how far that can be trusted."""
    pulls_known = trust.pulls_known_since(text(cells, "registry"))
    worst = number(cells, "worst")
    return {
        "registry": text(cells, "registry"),
        "repository": text(cells, "repository"),
        "digest": text(cells, "digest"),
        "tags": list[Json](words(cells, "tags")),
        "subscription": text(cells, "subscription"),
        "mediaType": text(cells, "media_type"),
        "platform": _optional(cells, "platform"),
        "distribution": _optional(cells, "distribution"),
        "health": text(cells, "health"),
        "freshness": trust.freshness(shard, cells),
        "cause": _cause(cells),
        "message": _optional(cells, "message"),
        "healthSince": text(cells, "health_since"),
        "freshnessSince": text(cells, "freshness_since"),
        "severities": severities_of(cells),
        "disabled": disabled_of(cells),
        "worstSeverity": None if worst == NONE else _RANKS[worst].value,
        "patchable": number(cells, "patchable"),
        "source": text(cells, "source"),
        "pushedAt": text(cells, "pushed_at"),
        "pulledOn": _optional(cells, "pulled_on"),
        "pullsKnownSince": None if pulls_known is None else instant(pulls_known),
        "scan": _scan(cells),
        "inventory": _inventory(cells, trust.coverage.version(shard, cells)),
        "children": _children(cells),
        "parents": list[Json](words(cells, "parents")),
        "links": _links(cells),
    }


def severities_of(cells: Mapping[str, object]) -> dict[str, Json]:
    """Findings that no rule disables, by severity."""
    return _by_severity(cells, "")


def disabled_of(cells: Mapping[str, object]) -> dict[str, Json]:
    """Findings that rules disable, by severity."""
    return _by_severity(cells, "disabled_")


def _by_severity(cells: Mapping[str, object], prefix: str) -> dict[str, Json]:
    counted = {name: cells.get(f"{prefix}{name}", 0) for name in SEVERITIES}
    return {name: value if isinstance(value, int) else 0 for name, value in counted.items()}


def _cause(cells: Cells) -> Json:
    """Why there is no verdict, or no current one."""
    left_out = number(cells, "uncompared") + number(cells, "unidentified")
    unscanned = text(cells, "health") == Health.UNSCANNED
    if unscanned and left_out and "findings_sha256" in cells:
        return "left-out"
    return _optional(cells, "cause") or _optional(cells, "failure")


def _scan(cells: Cells) -> Json:
    if "scan" not in cells:
        return None
    return {
        "id": text(cells, "scan"),
        "stage": text(cells, "stage"),
        "reason": text(cells, "reason"),
        "priority": text(cells, "priority"),
        "attempt": number(cells, "attempt"),
        "requestedAt": _optional(cells, "requested_at"),
        "startedAt": _optional(cells, "started_at"),
        "inventoriedAt": _optional(cells, "inventoried_at"),
        "completedAt": _optional(cells, "completed_at"),
    }


def _inventory(cells: Cells, advisories_version: int) -> Json:
    if "sbom_sha256" not in cells:
        return None
    return {
        "packages": number(cells, "packages"),
        "unidentified": number(cells, "unidentified"),
        "uncompared": number(cells, "uncompared"),
        "cataloger": text(cells, "cataloger"),
        "advisoriesVersion": advisories_version,
        "advisories": _optional(cells, "advisories"),
    }


def _children(cells: Cells) -> Json:
    if "children" not in cells:
        return None
    return [
        {
            "digest": digest,
            "platform": child["platform"],
            "health": child["health"],
            "severities": severities_of(child.get("counts", {})),
            "disabled": severities_of(child.get("disabled", {})),
        }
        for digest, child in children_of(cells).items()
    ]


def _links(cells: Cells) -> Json:
    path = "/".join(
        quote(text(cells, name), safe="/:") for name in ("registry", "repository", "digest")
    )
    return {
        "self": f"/api/images/{path}",
        "findings": f"/api/images/{path}/findings",
        "sbom": f"/api/images/{path}/sbom",
    }


def _optional(cells: Cells, name: str) -> Json:
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


def status_of(rule: str | None) -> Json:
    """What a finding amounts to, in Azure's words, by the rule that disables it."""
    if rule is None:
        return {"code": "Unhealthy", "cause": None, "rule": None}
    return {"code": "NotApplicable", "cause": "Exempt", "rule": rule}


def exploitation_of(known: Exploitation) -> dict[str, Json]:
    """What is known of a vulnerability's exploitation, as findings show it."""
    scored = known.epss is not None
    return {
        "epss": {"score": known.epss, "percentile": known.percentile} if scored else None,
        "exploited": {"added": known.added, "due": known.due} if known.known_exploited else None,
    }


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
